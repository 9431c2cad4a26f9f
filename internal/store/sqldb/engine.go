package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"roster.example/roster/internal/directory"
)

// Engine is what the engines disagree about.
type Engine struct {
	// BeginView and BeginUpdate are what begins a transaction which reads from
	// one snapshot, and one which writes. After BeginUpdate a clash with another
	// writer is either impossible or an error that says so: see Trouble.Again.
	BeginView, BeginUpdate string
	// Classify says what an error of the driver means.
	Classify func(error) Trouble
	// In is the condition that a column is one of the values of a list; List
	// makes the argument that stands for that list.
	In    func(placeholder string) string
	List  func(values []int64) any
	Texts func(values []string) any // likewise, of texts
	// Rows is how many rows one statement inserts where there are many: more where
	// each statement is a journey, few where long ones cost more than they save.
	Rows int
	// Bulk is what readies the connection for adding very many people; "" for nothing.
	Bulk string
	// LastID engines have a driver that tells the id of an inserted row unasked.
	LastID bool
	// Shared is how many updates may share a commit; 0 means 128.
	Shared int
	// Limit is how long a statement may go without an answer before its
	// connection is given up; 0 is for engines that cannot fall silent.
	Limit time.Duration
	// UpdateLimit is how long one Update may take, for others wait meanwhile; 0 means
	// ten seconds.
	UpdateLimit time.Duration
	// Notify is the statement by which the nodes that share a database hear notes
	// of each other when the transaction commits; nil where there is one node.
	Notify func(notes []string) string
	// Holder is the number by which leases name this process, 0 while others could not
	// tell whether it lives; nil is for engines of one process, which is number 1.
	Holder func() int64
	// Find is a query for the ids, as id, of all people in whose text of the table
	// search a part stands.
	Find func(part string, bind func(value any) string) string
	// Grams is what the table search_grams is given of a text, a line each; nil
	// where the engine makes an index of the text itself.
	Grams func(text string) string
	// Merge is one step of making one of the pieces that the index of search_grams is
	// in, and MergeAll the first of such steps; "" where an index is in one piece.
	Merge, MergeAll string
	// Pieces is a query for how many pieces there are.
	Pieces string
	// Unprepared engines have a driver that keeps prepared statements itself.
	Unprepared bool
}

// holder is what a lease that is taken now names.
func (e Engine) holder() int64 {
	if e.Holder == nil {
		return 1
	}
	return e.Holder()
}

// commit ends a transaction that has notes to send. They go with it, in the same
// message: to send them first would cost another way there and back.
func (e Engine) commit(notes []string) string {
	if e.Notify == nil || len(notes) == 0 {
		return "COMMIT"
	}
	return e.Notify(notes) + "; COMMIT"
}

// updateDeadline returns when an Update that begins now must have ended.
func (e Engine) updateDeadline() time.Time {
	limit := e.UpdateLimit
	if limit <= 0 {
		limit = 10 * time.Second
	}
	return time.Now().Add(limit)
}

// bounded is the context of one statement.
func (e Engine) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if e.Limit <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, e.Limit)
}

// Trouble is what an error of the driver means.
type Trouble struct {
	Kind  TroubleKind
	Field string // of a Duplicate: its name in the directory's vocabulary
	Again bool   // nothing of the transaction was kept, and it may run again
}

// TroubleKind tells the troubles apart.
type TroubleKind int

// The kinds of trouble. The zero kind is what nobody expects.
const (
	Unexpected TroubleKind = iota
	Duplicate              // a uniqueness was broken
	Reference              // a row points to one that is not there, or is pointed to and cannot go
	Busy                   // another holds the lock for too long
	Full                   // no room is left
	Slow                   // the statement ran out of its time
	Unwritable             // the file system refuses or fails
	Damaged                // what is on the disk is not what was written
	Gone                   // the connection is lost, or none can be had
)

// meaning turns an error of the driver into one of the directory. The words of
// the driver stay in Err: they may hold values, and values may be personal.
func (e Engine) meaning(what string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*directory.Error](err); ok {
		return err
	}
	err = fmt.Errorf("%s in the database: %w", what, err)
	if outOfTime(err) && !errors.Is(err, errUnknown) {
		return &directory.Error{Kind: directory.Unavailable, Msg: tooSlow, Err: err}
	}
	if errors.Is(err, sql.ErrConnDone) {
		return &directory.Error{Kind: directory.Unavailable, Msg: "the database was closed", Err: err}
	}
	if errors.Is(err, errUnknown) {
		return &directory.Error{Kind: directory.Unavailable, Err: err,
			Msg: "the database went away while it was writing; look whether the change was made before you try again"}
	}
	return e.explained(what, err)
}

// explained goes by the driver.
func (e Engine) explained(what string, err error) error {
	switch trouble := e.Classify(err); trouble.Kind {
	case Duplicate:
		return &directory.Error{Kind: directory.Conflict, Faults: []directory.Fault{{Field: trouble.Field, Code: directory.Taken}}, Err: err}
	case Reference:
		return &directory.Error{Kind: directory.NotFound, Faults: []directory.Fault{{Field: what, Code: directory.Unknown}},
			Msg: "something that the " + what + " belongs to does not exist", Err: err}
	case Busy:
		return &directory.Error{Kind: directory.Unavailable, Msg: "the database is busy; try again", Err: err}
	case Slow:
		return &directory.Error{Kind: directory.Unavailable, Msg: tooSlow, Err: err}
	case Gone:
		return &directory.Error{Kind: directory.Unavailable, Msg: "the database cannot be reached; try again", Err: err}
	case Unwritable:
		return &directory.Error{Kind: directory.Unavailable, Msg: "the database files cannot be read or written; ask an administrator to look at the disk", Err: err}
	case Damaged:
		return &directory.Error{Kind: directory.Unavailable, Msg: "the database is damaged; stop the server and restore a backup", Err: err}
	case Full:
		return &directory.Error{Kind: directory.Unavailable, Msg: "the disk is full; make room and try again", Err: err}
	}
	return &directory.Error{Kind: directory.Internal, Err: err}
}

const tooSlow = "this took too long; try again"

// again reports whether what failed may run once more: certainly nothing of it
// was kept, and it was not its own fault.
func (e Engine) again(err error) bool {
	switch {
	case err == nil, errors.Is(err, errUnknown):
		return false
	case errors.Is(err, errLost):
		return true
	}
	return !outOfTime(err) && e.Classify(err).Again
}

// uncertain reports whether a commit that failed with err may have been made.
func (e Engine) uncertain(err error) bool {
	return outOfTime(err) || e.Classify(err).Kind == Gone
}

func outOfTime(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
