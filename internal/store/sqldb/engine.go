package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"roster.example/roster/internal/fault"
)

// Engine describes the differences between the database engines.
type Engine struct {
	// BeginView begins a transaction that reads one snapshot, BeginUpdate one that writes.
	// After BeginUpdate, a conflict with another writer is impossible or an error: see
	// DriverError.Retryable.
	BeginView, BeginUpdate string
	// Classify returns the meaning of a driver error.
	Classify func(error) DriverError
	// In returns the condition that a column is one of the values of a list. List returns
	// the argument for that list.
	In    func(placeholder string) string
	List  func(values []int64) any
	Texts func(values []string) any // List for texts
	// Rows is the number of rows of one multi-row INSERT: many if each statement is a
	// network round trip, few if long statements cost more than they save.
	Rows int
	// Bulk prepares the connection for adding very many users; "" for nothing.
	Bulk string
	// LastID reports that the driver returns the id of an inserted row.
	LastID bool
	// MaxUpdates is the maximum number of updates in one commit; 0 means 128.
	MaxUpdates int
	// StatementTimeout is the time after which a statement without a response fails and its
	// connection is closed; 0 for embedded engines.
	StatementTimeout time.Duration
	// UpdateTimeout is the maximum time of one Update, because others wait meanwhile; 0
	// means ten seconds.
	UpdateTimeout time.Duration
	// Notify returns the statement that sends messages to other nodes at the commit; nil if
	// there is only one node.
	Notify func(messages []string) string
	// Holder returns the number that identifies this process in leases, or 0 while other
	// nodes could not detect its end. nil for engines with one process, which is number 1.
	Holder func() int64
	// Find returns a query for the ids, named id, of all users whose text in the table
	// search contains part.
	Find func(part string, bind func(value any) string) string
	// Grams returns the value for the table search_grams of a text; nil if the engine
	// indexes the text itself.
	Grams func(text string) string
	// Merge runs one step of merging the segments of the index of search_grams, and MergeAll
	// the first step; "" if the index has no segments.
	Merge, MergeAll string
	// CountSegments is a query for the number of segments.
	CountSegments string
	// Unprepared reports that the driver caches prepared statements itself.
	Unprepared bool
}

// holder returns the number of this process for a new lease.
func (e Engine) holder() int64 {
	if e.Holder == nil {
		return 1
	}
	return e.Holder()
}

// commit returns the statement that commits and sends messages. Both are one message, which saves
// a round trip.
func (e Engine) commit(messages []string) string {
	if e.Notify == nil || len(messages) == 0 {
		return "COMMIT"
	}
	return e.Notify(messages) + "; COMMIT"
}

// updateDeadline returns the deadline of an Update that begins now.
func (e Engine) updateDeadline() time.Time {
	limit := e.UpdateTimeout
	if limit <= 0 {
		limit = 10 * time.Second
	}
	return time.Now().Add(limit)
}

// stmtContext returns the context of one statement.
func (e Engine) stmtContext(ctx context.Context) (context.Context, context.CancelFunc) {
	if e.StatementTimeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, e.StatementTimeout)
}

// DriverError is the meaning of an error of the driver.
type DriverError struct {
	Kind      ErrorKind
	Field     string // of a Duplicate, as the directory names it
	Retryable bool   // the transaction was rolled back and may run again
}

// ErrorKind distinguishes driver errors.
type ErrorKind int

// The kinds of driver errors.
const (
	Unexpected ErrorKind = iota
	Duplicate            // a unique constraint was violated
	Reference            // a foreign key was violated
	Busy                 // a lock was held for too long
	Full                 // the disk is full
	Slow                 // the statement exceeded its time limit
	Unwritable           // the file system returned an error
	Damaged              // the database is corrupt
	Gone                 // the connection was lost, or none can be opened
)

// explain converts an error of the driver to one of the directory. The text of the driver stays
// in Err, because it may contain personal data.
func (e Engine) explain(what string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	err = fmt.Errorf("%s in the database: %w", what, err)
	if isTimeout(err) && !errors.Is(err, errUnknown) {
		return &fault.Error{Kind: fault.Unavailable, Msg: tooSlow, Err: err}
	}
	if errors.Is(err, sql.ErrConnDone) {
		return &fault.Error{Kind: fault.Unavailable, Msg: "the database was closed", Err: err}
	}
	if errors.Is(err, errUnknown) {
		return &fault.Error{Kind: fault.Unavailable, Err: err,
			Msg: "the connection was lost during the write; check whether the change was made before you try again"}
	}
	return e.explainDriver(what, err)
}

// explainDriver uses Classify.
func (e Engine) explainDriver(what string, err error) error {
	switch driver := e.Classify(err); driver.Kind {
	case Duplicate:
		return &fault.Error{Kind: fault.Conflict, Fields: []fault.Field{{Name: driver.Field, Code: fault.Taken}}, Err: err}
	case Reference:
		return &fault.Error{Kind: fault.NotFound, Fields: []fault.Field{{Name: what, Code: fault.Unknown}},
			Msg: "something that the " + what + " belongs to does not exist", Err: err}
	case Busy:
		return &fault.Error{Kind: fault.Unavailable, Msg: "the database is busy; try again", Err: err}
	case Slow:
		return &fault.Error{Kind: fault.Unavailable, Msg: tooSlow, Err: err}
	case Gone:
		return &fault.Error{Kind: fault.Unavailable, Msg: "the database cannot be reached; try again", Err: err}
	case Unwritable:
		return &fault.Error{Kind: fault.Unavailable, Msg: "the database files cannot be read or written; ask an administrator to check the disk", Err: err}
	case Damaged:
		return &fault.Error{Kind: fault.Unavailable, Msg: "the database is damaged; stop the server and restore a backup", Err: err}
	case Full:
		return &fault.Error{Kind: fault.Unavailable, Msg: "the disk is full; free space and try again", Err: err}
	}
	return &fault.Error{Kind: fault.Internal, Err: err}
}

const tooSlow = "this took too long; try again"

// retryable reports whether a failed update may run again: it was rolled back for certain, and
// other updates caused the failure.
func (e Engine) retryable(err error) bool {
	switch {
	case err == nil, errors.Is(err, errUnknown):
		return false
	case errors.Is(err, errLost):
		return true
	}
	return !isTimeout(err) && e.Classify(err).Retryable
}

// maybeCommitted reports whether a commit that failed with err may have succeeded.
func (e Engine) maybeCommitted(err error) bool {
	return isTimeout(err) || e.Classify(err).Kind == Gone
}

func isTimeout(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
