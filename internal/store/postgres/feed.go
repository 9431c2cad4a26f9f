package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"roster.example/roster/internal/model"
)

// The feed uses LISTEN and NOTIFY. PostgreSQL delivers notifications in the order of
// commits, and those committed before a query arrive before its result. So a regular
// query shows how far the feed has come, and that the connection works.

const (
	// probeInterval is the time between two queries.
	probeInterval = 25 * time.Millisecond
	// probeLimit is the time limit of a query.
	probeLimit = 2 * time.Second
	// feedPause is the pause before the next connection attempt.
	feedPause = 200 * time.Millisecond
)

// maxPayload is the maximum size of a notification in bytes; PostgreSQL accepts less than 8,000.
const maxPayload = 7900

var errPooled = errors.New("the feed of changes goes through a pooler, where notifications get lost; " +
	"give an address without one as database_feed")

// channel returns the name of the channel of this directory. Other directories may be in other
// schemas of the same database.
func channel(ctx context.Context, db *sql.DB) (string, error) {
	var schema sql.NullString
	if err := db.QueryRowContext(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
		return "", explainConnect(err)
	}
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(schema.String)) // never fails
	return fmt.Sprintf("roster_%x", sum.Sum64()), nil
}

// supportsNotify reports whether the engine supports NOTIFY.
func supportsNotify(ctx context.Context, db *sql.DB, channel string) (bool, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, explainConnect(err)
	}
	_, err = tx.ExecContext(ctx, "NOTIFY "+channel)
	known, err := isSupported(err)
	return known, errors.Join(err, tx.Rollback())
}

// notify returns the function of [sqldb.Engine] that sends invalidations on channel. Short ones are sent
// together.
func notify(channel string) func(messages []string) string {
	return func(messages []string) string {
		var statements []string
		var load strings.Builder
		for _, message := range messages {
			if load.Len() > 0 && load.Len()+len(message) >= maxPayload {
				statements = append(statements, notifyStatement(channel, load.String()))
				load.Reset()
			}
			if load.Len() > 0 {
				load.WriteByte('\n')
			}
			load.WriteString(message)
		}
		return strings.Join(append(statements, notifyStatement(channel, load.String())), "; ")
	}
}

func notifyStatement(channel, load string) string {
	return "NOTIFY " + channel + ", '" + strings.ReplaceAll(load, "'", "''") + "'"
}

// Follow implements [model.Feed].
func (s *store) Follow(ctx context.Context, l model.FeedListener) {
	for ctx.Err() == nil {
		if err := s.follow(ctx, l); ctx.Err() == nil {
			l.Lost(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(feedPause):
		}
	}
}

// follow listens on one connection until it fails.
func (s *store) follow(ctx context.Context, l model.FeedListener) error {
	config := s.feed.config.Copy()
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		for message := range strings.SplitSeq(n.Payload, "\n") {
			l.Received(message)
		}
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return explainConnect(err)
	}
	defer closeConn(conn)
	if _, err := conn.Exec(ctx, "LISTEN "+s.channel); err != nil {
		return err
	}
	l.Lost(nil) // earlier notifications were missed
	vigil := s.presence.onConnection(ctx, conn)
	defer vigil.release()
	for {
		asOf := time.Now()
		if err := probe(ctx, conn); err != nil {
			return err
		}
		l.CaughtUp(asOf)
		vigil.tryLock(ctx)
		if err := waitForNotifications(ctx, conn); err != nil {
			return err
		}
	}
}

func closeConn(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // an error does not matter
}

// probe returns an error unless this connection still goes directly to the primary. A
// server that became a standby and a pooler answer queries, but send no notifications.
func probe(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	var pid uint32
	var standby bool
	if err := conn.QueryRow(ctx, "SELECT pg_backend_pid(), pg_is_in_recovery()").Scan(&pid, &standby); err != nil {
		return err
	}
	if pid != conn.PgConn().PID() {
		return errPooled
	}
	if standby {
		return errors.New("the feed of changes came from a server that is a standby now")
	}
	return nil
}

// waitForNotifications receives notifications for a moment.
func waitForNotifications(ctx context.Context, conn *pgx.Conn) error {
	until, cancel := context.WithTimeout(ctx, probeInterval)
	defer cancel()
	for until.Err() == nil {
		if err := conn.PgConn().WaitForNotification(until); err != nil && until.Err() == nil {
			return err
		}
	}
	return ctx.Err()
}
