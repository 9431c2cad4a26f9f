package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"roster.example/roster/internal/directory"
)

// Engine is what the engines disagree about.
type Engine struct {
	// BeginView and BeginUpdate are the statements that begin a transaction
	// which reads from one snapshot, and one which writes.
	BeginView, BeginUpdate string
	// Classify says what an error of the driver means.
	Classify func(error) Trouble
	// In is the condition that a column is one of the values of a list; List
	// makes the argument that stands for that list.
	In   func(placeholder string) string
	List func(values []int64) any
}

// Trouble is what an error of the driver means.
type Trouble struct {
	Kind  TroubleKind
	Field string // of a Duplicate: its name in the directory's vocabulary
	Again bool   // the transaction was innocent and may run again
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
	if outOfTime(err) {
		return &directory.Error{Kind: directory.Unavailable, Msg: "this took too long; try again", Err: err}
	}
	if errors.Is(err, sql.ErrConnDone) {
		return &directory.Error{Kind: directory.Unavailable, Msg: "the database was closed", Err: err}
	}
	switch trouble := e.Classify(err); trouble.Kind {
	case Duplicate:
		return &directory.Error{Kind: directory.Conflict, Faults: []directory.Fault{{Field: trouble.Field, Code: directory.Taken}}, Err: err}
	case Reference:
		return &directory.Error{Kind: directory.NotFound, Faults: []directory.Fault{{Field: what, Code: directory.Unknown}},
			Msg: "something that the " + what + " belongs to does not exist", Err: err}
	case Busy:
		return &directory.Error{Kind: directory.Unavailable, Msg: "the database is busy; try again", Err: err}
	case Full:
		return &directory.Error{Kind: directory.Unavailable, Msg: "the disk is full; make room and try again", Err: err}
	}
	return &directory.Error{Kind: directory.Internal, Err: err}
}

func (e Engine) again(err error) bool {
	return err != nil && (errors.Is(err, errLost) || e.Classify(err).Again)
}

func outOfTime(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
