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

	"roster.example/roster/internal/directory"
)

// The feed is LISTEN and NOTIFY. PostgreSQL delivers notes in the order of
// commits, and whatever was committed before a query arrives ahead of its answer:
// so a query now and then tells how far the feed has come, and that it lives.

const (
	// probeInterval is how often the feed is asked for a sign of life.
	probeInterval = 25 * time.Millisecond
	// probeLimit is how long it may take to give one.
	probeLimit = 2 * time.Second
	// feedPause is how long a node waits before it connects again.
	feedPause = 200 * time.Millisecond
)

// most is what one NOTIFY may carry: PostgreSQL takes less than 8,000 bytes.
const maxPayload = 7900

var errPooled = errors.New("the feed of changes goes through a pooler, where notes get lost; " +
	"give an address without one as database_feed")

// channel is where nodes of one directory hear each other; others may be in other
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

// notifies finds out whether the engine knows NOTIFY.
func supportsNotify(ctx context.Context, db *sql.DB, channel string) (bool, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, explainConnect(err)
	}
	_, err = tx.ExecContext(ctx, "NOTIFY "+channel)
	known, err := isSupported(err)
	return known, errors.Join(err, tx.Rollback())
}

// notify is how [sqldb.Engine] sends notes on channel: several together, where
// they are short.
func notify(channel string) func(notes []string) string {
	return func(notes []string) string {
		var statements []string
		var load strings.Builder
		for _, note := range notes {
			if load.Len() > 0 && load.Len()+len(note) >= maxPayload {
				statements = append(statements, notifyStatement(channel, load.String()))
				load.Reset()
			}
			if load.Len() > 0 {
				load.WriteByte('\n')
			}
			load.WriteString(note)
		}
		return strings.Join(append(statements, notifyStatement(channel, load.String())), "; ")
	}
}

func notifyStatement(channel, load string) string {
	return "NOTIFY " + channel + ", '" + strings.ReplaceAll(load, "'", "''") + "'"
}

// Follow implements [directory.Feed].
func (s *store) Follow(ctx context.Context, l directory.FeedListener) {
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

// follow listens on one connection until it is lost.
func (s *store) follow(ctx context.Context, l directory.FeedListener) error {
	config := s.feed.config.Copy()
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		for note := range strings.SplitSeq(n.Payload, "\n") {
			l.Received(note)
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
	l.Lost(nil) // what was announced before
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
	_ = conn.Close(ctx) // it is given up either way
}

// probe makes sure that this connection still listens to the one who writes. A
// server that became a standby, and a pooler, would answer and tell nothing.
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

// await gives notes a moment to come.
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
