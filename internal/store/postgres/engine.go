package postgres

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"roster.example/roster/internal/store/sqldb"
)

// lockForWriting waits for the write lock. EXCLUSIVE does not block readers.
const lockForWriting = "LOCK TABLE event_head IN EXCLUSIVE MODE"

// maxGroup limits the updates of a group commit. It is less than SQLite's: each update is a
// subtransaction, and with more than 64 of them PostgreSQL's readers look them up on disk.
const maxGroup = 60

func engine(turns bool) sqldb.Engine {
	e := sqldb.Engine{
		BeginView:        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
		BeginUpdate:      "BEGIN ISOLATION LEVEL SERIALIZABLE",
		Classify:         classify,
		In:               func(placeholder string) string { return "= ANY (" + placeholder + ")" },
		List:             func(values []int64) any { return append([]int64{}, values...) },
		Texts:            func(values []string) any { return append([]string{}, values...) },
		Rows:             100,
		Find:             searchQuery,
		MaxUpdates:       maxGroup,
		StatementTimeout: statementLimit + silenceMargin,
		Unprepared:       true, // pgx prepares statements according to default_query_exec_mode in the address
	}
	if turns {
		e.BeginUpdate += "; " + lockForWriting
	}
	return e
}

// searchQuery uses LIKE, which the index of the extension pg_trgm supports.
func searchQuery(part string, bind func(any) string) string {
	return `SELECT user_id AS id FROM search WHERE text LIKE ` + bind(sqldb.Containing(part)) + ` ESCAPE '\'`
}

// Error codes (postgresql.org/docs/15/errcodes-appendix.html).
const (
	uniqueViolation      = "23505"
	foreignKeyViolation  = "23503"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03"
	queryCanceled        = "57014"
	diskFull             = "53100"
	readOnlyTransaction  = "25006" // the server became a standby
	pausedTooLong        = "25P03" // idle_in_transaction_session_timeout
	syntaxError          = "42601"
	featureNotSupported  = "0A000"

	connectionTrouble    = "08"
	missingResources     = "53"
	operatorIntervention = "57"
	systemError          = "58"
)

func classify(err error) sqldb.DriverError {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return sqldb.DriverError{Kind: sqldb.Gone}
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return byCode(e)
	}
	if isConnectionError(err) {
		return sqldb.DriverError{Kind: sqldb.Gone, Retryable: true}
	}
	return sqldb.DriverError{}
}

func byCode(e *pgconn.PgError) sqldb.DriverError {
	switch e.Code {
	case uniqueViolation:
		return sqldb.DriverError{Kind: sqldb.Duplicate, Field: fields()[e.ConstraintName]}
	case foreignKeyViolation:
		return sqldb.DriverError{Kind: sqldb.Reference}
	case serializationFailure, deadlockDetected:
		return sqldb.DriverError{Kind: sqldb.Busy, Retryable: true}
	case lockNotAvailable:
		return sqldb.DriverError{Kind: sqldb.Busy}
	case queryCanceled:
		return sqldb.DriverError{Kind: sqldb.Slow}
	case diskFull:
		return sqldb.DriverError{Kind: sqldb.Full}
	case readOnlyTransaction, pausedTooLong:
		return sqldb.DriverError{Kind: sqldb.Gone, Retryable: true}
	}
	switch e.Code[:min(2, len(e.Code))] {
	case connectionTrouble, operatorIntervention:
		return sqldb.DriverError{Kind: sqldb.Gone, Retryable: true}
	case missingResources:
		return sqldb.DriverError{Kind: sqldb.Busy}
	case systemError:
		return sqldb.DriverError{Kind: sqldb.Unwritable}
	}
	return sqldb.DriverError{}
}

// isConnectionError reports whether err is an error of the connection, not of the statement.
func isConnectionError(err error) bool {
	for _, sign := range []error{driver.ErrBadConn, pgconn.ErrConnClosed, net.ErrClosed, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, sign) {
			return true
		}
	}
	_, network := errors.AsType[net.Error](err)
	return network || pgconn.SafeToRetry(err)
}

// fields maps unique constraints and indexes to the directory's field names.
func fields() map[string]string {
	return map[string]string{
		"users_uid_key":                          "uid",
		"users_username_key_key":                 "username",
		"emails_address":                         "email",
		"emails_primary":                         "primary",
		"identities_provider_extern_uid_key":     "extern_uid",
		"organizations_name_key_key":             "name",
		"organizations_slug_key":                 "slug",
		"organizations_home":                     "home",
		"roles_organization_id_name_key_key":     "name",
		"projects_organization_id_permalink_key": "permalink",
		"ssh_keys_fingerprint_key":               "key",
		"access_tokens_hash_key":                 "token",
		"api_keys_lookup_key":                    "api_key",
		"sessions_hash_key":                      "session",
		"authenticators_credential_id_key":       "passkey",
		"ceremonies_hash_key":                    "ceremony",
		"invitations_hash_key":                   "invitation",
		"links_hash_key":                         "link",
		"events_pkey":                            "event",
	}
}
