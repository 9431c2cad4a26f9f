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

// Time limits, unless the address sets its own. Each is longer than the one before,
// so that the server reports the cause before the connection is given up.
const (
	connectLimit = 5 * time.Second
	// pausedLimit ends the transaction of a node that stopped in the middle, for
	// instance with its virtual machine: others wait for its turn to end.
	pausedLimit    = 5 * time.Second
	lockLimit      = 8 * time.Second
	statementLimit = 10 * time.Second
	// silenceMargin is how much longer than the statement timeout a statement may go
	// without an answer.
	silenceMargin = 5 * time.Second
)

// link is where the database is and how we speak to it.
type connConfig struct{ config *pgx.ConnConfig }

// parse reads an address. What the driver says about a wrong one is not passed
// on: it cannot know for sure which part was the password.
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
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite // not a standby: it lags behind
	}
	return connConfig{config}.withParameter("application_name", "roster"), nil
}

// with sets a parameter of the session, unless the address sets it.
func (l connConfig) withParameter(name, value string) connConfig {
	if _, given := l.config.RuntimeParams[name]; given {
		return l
	}
	changed := l.config.Copy()
	changed.RuntimeParams[name] = value
	return connConfig{changed}
}

// statementTimeout returns the statement timeout that the address sets, else
// statementLimit. PostgreSQL reads 0 as no timeout; a day stands for that here.
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

// scanTime returns wanted, the time of one statement of an expensive read, bounded by
// the statement timeout; 0 means no bound but that.
func (l connConfig) scanTime(wanted time.Duration) time.Duration {
	return min(wanted, l.statementTimeout())
}

// parseTimeout reads a timeout as PostgreSQL writes it: a number of milliseconds, or
// with a unit. PostgreSQL rounds it to milliseconds. See "Numeric with Unit" in its
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

// forWriting is one connection. It is never cancelled, because a COMMIT that
// waits for a standby would take that for leave to go on without it: everybody
// would see what a failover takes away again.
func (l connConfig) openForWriting() *sql.DB {
	l = l.withTimeout("statement_timeout", statementLimit).withTimeout("lock_timeout", lockLimit).
		withTimeout("idle_in_transaction_session_timeout", pausedLimit)
	db := stdlib.OpenDB(*l.config, stdlib.OptionAfterConnect(disableCancel))
	db.SetMaxOpenConns(1)
	return db
}

// uncancelled spoils the key by which the driver asks the server to cancel. It does
// so whenever it gives up a connection, and has no setting against it; the server
// takes no notice of a wrong key.
func disableCancel(_ context.Context, conn *pgx.Conn) error {
	clear(conn.PgConn().SecretKey())
	return nil
}

// forReading asks the server to stop when nobody waits for the answer any more.
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

// forMigrating may take as long as it takes.
func (l connConfig) openForMigrating() *sql.DB {
	return stdlib.OpenDB(*l.withParameter("statement_timeout", "0").withParameter("lock_timeout", "0").config)
}

// reached explains an error of the first conversation with the server.
func explainConnect(err error) error {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return fmt.Errorf("it cannot be reached; check that it runs, and address, user and password: %w", err)
	}
	return err
}

// takesTurns finds out whether the engine knows LOCK TABLE; see the package
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

// understood reads the answer to LOCK TABLE. Engines that do not know it say so
// in one of two ways.
func isSupported(err error) (bool, error) {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case lockNotAvailable: // another node has it
			return true, nil
		case syntaxError, featureNotSupported:
			return false, nil
		}
	}
	return err == nil, err
}
