package audit

import (
	"bytes"
	"context"
	"fmt"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// Anchor names an event that was acknowledged. It lies outside of the database, so
// that a database which lost events, or another one, does not go unnoticed. It may
// lag behind the database, and never leads it.
type Anchor struct {
	Installation string
	Head         model.EventHead
}

// Anchor returns the newest event, to be written down. It reads what was committed.
func (l *Log) Anchor(ctx context.Context, actor model.Actor) (Anchor, error) {
	var a Anchor
	if !actor.IsOperator() {
		return a, fault.New(fault.Forbidden, "only the server itself may do this")
	}
	err := l.store.Read(ctx, func(tx model.Reader) error {
		i, err := tx.Installation()
		if err != nil {
			return err
		}
		a.Installation = i.UID
		a.Head.ID, a.Head.Hash, err = tx.EventHead()
		return err
	})
	return a, err
}

// Anchored reports whether an anchor was once written beside this database. A new
// database, and one of a former version, has none.
func (l *Log) Anchored(ctx context.Context, actor model.Actor) (anchored bool, err error) {
	if !actor.IsOperator() {
		return false, fault.New(fault.Forbidden, "only the server itself may do this")
	}
	err = l.store.Read(ctx, func(tx model.Reader) error {
		i, err := tx.Installation()
		if fault.KindOf(err) == fault.NotFound {
			return nil
		}
		anchored = i.Anchored
		return err
	})
	return anchored, err
}

// NoteAnchored has the database know that there is an anchor.
func (l *Log) NoteAnchored(ctx context.Context, actor model.Actor) error {
	if !actor.IsOperator() {
		return fault.New(fault.Forbidden, "only the server itself may do this")
	}
	return l.ops.Write(ctx, func(tx model.Writer) error {
		i, err := tx.Installation()
		if err != nil || i.Anchored {
			return err
		}
		i.Anchored = true
		return tx.PutInstallation(i)
	})
}

// CheckAnchor returns a Conflict that says what is lost if the database does not
// hold the event that a names.
func (l *Log) CheckAnchor(ctx context.Context, actor model.Actor, a Anchor) error {
	if !actor.IsOperator() {
		return fault.New(fault.Forbidden, "only the server itself may do this")
	}
	return l.store.Read(ctx, func(tx model.Reader) error {
		i, err := tx.Installation()
		if fault.KindOf(err) == fault.NotFound {
			return fault.New(fault.Conflict, "the database is older than the anchor: it was never opened by this version")
		}
		if err != nil {
			return err
		}
		if i.UID != a.Installation {
			return fault.New(fault.Conflict, "the database is another one than the anchor names")
		}
		return anchored(tx, a.Head)
	})
}

func anchored(tx model.Reader, anchor model.EventHead) error {
	last, _, err := tx.EventHead()
	if err != nil {
		return err
	}
	if last < anchor.ID {
		return fault.New(fault.Conflict, fmt.Sprintf("%s: the newest event of the database is %d, and event %d was acknowledged",
			lostEvents(last, anchor.ID), last, anchor.ID))
	}
	start, hash, err := tx.EventStart()
	if err != nil || anchor.ID < start {
		return err // dropped because of its age
	}
	if anchor.ID > start {
		e, err := operation.EventByID(tx, anchor.ID)
		if err != nil {
			if fault.KindOf(err) == fault.NotFound {
				err = fault.New(fault.Conflict, fmt.Sprintf("event %d was acknowledged and is missing", anchor.ID))
			}
			return err
		}
		hash = e.Hash
	}
	if !bytes.Equal(hash, anchor.Hash) {
		return fault.New(fault.Conflict, fmt.Sprintf("event %d of the database is another one than was acknowledged; events before it were lost or changed", anchor.ID))
	}
	return nil
}

func lostEvents(last, anchor model.EventID) string {
	if anchor == last+1 {
		return fmt.Sprintf("event %d is lost", anchor)
	}
	return fmt.Sprintf("events %d to %d are lost", last+1, anchor)
}

// AcceptCut records that the operator continues with a database without the event of the anchor.
func (l *Log) AcceptCut(ctx context.Context, actor model.Actor, a Anchor) error {
	if !actor.IsOperator() {
		return fault.New(fault.Forbidden, "only the operator may do this")
	}
	return l.ops.Write(ctx, func(tx model.Writer) error {
		last, _, err := tx.LockEvents()
		if err != nil {
			return err
		}
		detail := fmt.Sprintf("the anchor named event %d, the database ended with %d", a.Head.ID, last)
		if a.Installation == "" {
			detail = fmt.Sprintf("there was no anchor, the database ended with %d", last)
		}
		return l.ops.Record(tx, actor, operation.EventSpec{Verb: model.EventsCut, Target: "event", ID: int64(a.Head.ID), Detail: detail})
	})
}
