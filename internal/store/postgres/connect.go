package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/stdlib"

	"roster.example/roster/internal/store/sqldb"
)

// Default time limits; the address can set others. Each is longer than the one before,
// so that the server reports the cause before the driver closes the connection.
const (
	connectLimit = 5 * time.Second
	// pausedLimit ends the transaction of a node that stopped in the middle, for
	// instance with its virtual machine, because other nodes wait for its lock.
	pausedLimit    = 5 * time.Second
	lockLimit      = 8 * time.Second
	statementLimit = 10 * time.Second
	// silenceMargin is how much longer than the statement timeout the driver waits for
	// a response.
	silenceMargin = 5 * time.Second
)

// connConfig is the address of the database and the parameters of its connections.
type connConfig struct{ config *pgx.ConnConfig }

// parse parses an address. It does not return the driver's error, which
// could contain the password.
func parse(url string) (connConfig, error) {
	if !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		return connConfig{}, errors.New("its address cannot be read; write it like postgres://USER:PASSWORD@HOST:5432/NAME")
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return connConfig{}, errors.New("its address cannot be read; write it like postgres://USER:PASSWORD@HOST:5432/NAME, " +
			"with %-escapes for / ? # @ : and % in user and password")
	}
	if config.ConnectTimeout <= 0 || config.ConnectTimeout > time.Minute {
		config.ConnectTimeout = connectLimit
	}
	config.DialFunc = (&net.Dialer{
		Timeout:         config.ConnectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 4},
	}).DialContext
	if config.ValidateConnect == nil {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite // no standby, which lags behind
	}
	return connConfig{config}.withParameter("application_name", "roster"), nil
}

// withParameter sets a parameter of the session unless the address sets it.
func (l connConfig) withParameter(name, value string) connConfig {
	if _, given := l.config.RuntimeParams[name]; given {
		return l
	}
	changed := l.config.Copy()
	changed.RuntimeParams[name] = value
	return connConfig{changed}
}

// statementTimeout returns the statement timeout of the address, else
// statementLimit. For 0, which is no timeout, it returns a day.
func (l connConfig) statementTimeout() time.Duration {
	given, ok := l.config.RuntimeParams["statement_timeout"]
	if !ok {
		return statementLimit
	}
	timeout, err := parseTimeout(given)
	switch {
	case err != nil:
		return statementLimit // PostgreSQL rejects such a value when the connection is opened
	case timeout == 0:
		return 24 * time.Hour
	}
	return timeout
}

// scanTime returns the time limit of a statement of an expensive read: wanted, but at most
// the statement timeout.
func (l connConfig) scanTime(wanted time.Duration) time.Duration {
	return min(wanted, l.statementTimeout())
}

// parseTimeout parses a timeout in PostgreSQL's syntax: a number of milliseconds, or
// a number with a unit. PostgreSQL rounds it to milliseconds. See "Numeric with Unit" in its
// documentation, section 20.1.1.
func parseTimeout(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	digits := strings.TrimRight(text, "usmindh ")
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0, fmt.Errorf("timeout %q is not a number of milliseconds", text)
	}
	unit, ok := map[string]float64{
		"": 1, "us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000,
	}[strings.TrimSpace(text[len(digits):])]
	if !ok {
		return 0, fmt.Errorf("timeout %q has an unknown unit", text)
	}
	milliseconds := math.RoundToEven(n * unit)
	if !(milliseconds >= 0 && milliseconds <= math.MaxInt32) {
		return 0, fmt.Errorf("timeout %q is outside of 0 to %d milliseconds", text, math.MaxInt32)
	}
	return time.Duration(milliseconds) * time.Millisecond, nil
}

// withLimits returns e with the time limits that follow from the statement timeout.
func (l connConfig) withLimits(e sqldb.Engine) sqldb.Engine {
	timeout := l.statementTimeout()
	e.StatementTimeout, e.UpdateTimeout = timeout+silenceMargin, timeout
	return e
}

func (l connConfig) withTimeout(name string, limit time.Duration) connConfig {
	return l.withParameter(name, fmt.Sprint(limit.Milliseconds()))
}

// openForWriting opens a pool of one connection. Its statements are never cancelled, because
// PostgreSQL ends the wait of a cancelled COMMIT for its standby: the commit would be
// visible, and lost after a failover.
func (l connConfig) openForWriting() *sql.DB {
	l = l.withTimeout("statement_timeout", statementLimit).withTimeout("lock_timeout", lockLimit).
		withTimeout("idle_in_transaction_session_timeout", pausedLimit)
	db := stdlib.OpenDB(*l.config, stdlib.OptionAfterConnect(disableCancel))
	db.SetMaxOpenConns(1)
	return db
}

// disableCancel clears the key of the driver's cancel requests. The driver sends one
// whenever it closes a connection early and has no setting to prevent that. The server
// ignores a request with a wrong key.
func disableCancel(_ context.Context, conn *pgx.Conn) error {
	clear(conn.PgConn().SecretKey())
	return nil
}

// openForReading opens a pool for reads. When the context of a statement ends, the server cancels the statement.
func (l connConfig) openForReading(connections int) *sql.DB {
	l = l.withTimeout("statement_timeout", statementLimit).withTimeout("lock_timeout", lockLimit).
		withTimeout("idle_in_transaction_session_timeout", time.Minute)
	config := l.config.Copy()
	config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: time.Second}
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

// openForMigrating opens a pool without time limits.
func (l connConfig) openForMigrating() *sql.DB {
	return stdlib.OpenDB(*l.withParameter("statement_timeout", "0").withParameter("lock_timeout", "0").config)
}

// explainConnect adds an explanation to a connection error.
func explainConnect(err error) error {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return fmt.Errorf("it cannot be reached; check that it runs, and address, user and password: %w", err)
	}
	return err
}

// supportsLockTable reports whether the engine supports LOCK TABLE; see the package
// comment.
func supportsLockTable(ctx context.Context, db *sql.DB) (bool, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, explainConnect(err)
	}
	_, err = tx.ExecContext(ctx, lockForWriting+" NOWAIT")
	turns, err := isSupported(err)
	return turns, errors.Join(err, tx.Rollback())
}

// isSupported interprets the error of a statement that some engines do not support. Those
// return one of two codes.
func isSupported(err error) (bool, error) {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case lockNotAvailable: // another node holds the lock
			return true, nil
		case syntaxError, featureNotSupported:
			return false, nil
		}
	}
	return err == nil, err
}
