package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

// Events lists events. It requires [model.AuditRead]: without an organization in the filter on the whole
// server, else in that organization. Users that are not administrators of the server get neither the
// network addresses of other users nor the hashes of the chain.
func (l *Log) Events(ctx context.Context, actor model.Actor, filter model.EventFilter) ([]model.Event, error) {
	var events []model.Event
	err := l.ops.Read(ctx, actor, model.AuditRead, filter.Org, func(tx model.Reader, self model.User) (err error) {
		if filter, err = checkedEventFilter(filter); err != nil {
			return err
		}
		if events, err = tx.Events(filter); err == nil && !self.Admin {
			withoutPrivateFields(events, self.ID)
		}
		return err
	})
	return events, err
}

// withoutPrivateFields removes what only administrators of the server may see. Hashes are among it: without
// a key, the address of an event can be guessed from its hash.
func withoutPrivateFields(events []model.Event, self model.UserID) {
	for i := range events {
		e := &events[i]
		if e.Actor != self && e.Impersonator != self {
			e.Address = ""
		}
		e.Previous, e.Hash = nil, nil
	}
}

// nameTarget adds the known targets to an error about the target.
func nameTarget(err error, target string) error {
	refused, ok := errors.AsType[*fault.Error](err)
	if ok && len(refused.Fields) == 1 && fault.Has(err, "target", fault.Unknown) {
		refused.Msg = fmt.Sprintf("no event is about a %q; the targets are %s", unitext.Truncate(target, 100), strings.Join(model.Targets(), ", "))
	}
	return err
}

// EventHead returns the last event of the chain. Store it where this server cannot change it; see
// [Log.VerifyHead].
func (l *Log) EventHead(ctx context.Context, actor model.Actor) (model.EventHead, error) {
	var head model.EventHead
	err := l.ops.Read(ctx, actor, model.AuditRead, 0, func(tx model.Reader, _ model.User) (err error) {
		head.ID, head.Hash, err = tx.EventHead()
		return err
	})
	return head, err
}

// VerifyHead returns an error unless the chain contains a head that EventHead returned before. If the
// chain is valid too, no event up to the head was changed. A head that is older than the oldest kept
// event cannot be checked, which is an error.
func (l *Log) VerifyHead(ctx context.Context, actor model.Actor, head model.EventHead) error {
	return l.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) error {
		start, hash, err := tx.EventStart()
		if err != nil {
			return err
		}
		if head.ID < start {
			return fault.New(fault.Conflict, fmt.Sprintf("event %d is kept no longer, nor is its hash; compare with a later head, or with a backup", head.ID))
		}
		if head.ID > start {
			e, err := operation.EventByID(tx, head.ID)
			if fault.KindOf(err) == fault.NotFound {
				return brokenChain(head.ID, "is missing")
			}
			if err != nil {
				return err
			}
			hash = e.Hash
		}
		if !bytes.Equal(hash, head.Hash) {
			return brokenChain(head.ID, "is not the one that this head names")
		}
		return nil
	})
}

// ChainReport is the result of a verification.
type ChainReport struct {
	Events   int
	Unproven int // events without a key for their hash; only their order was verified
}

// VerifyChain verifies the whole chain. A changed, missing or added event is an error that names the
// first one. If events were deleted because of their age, the chain begins after them, and an event
// must record the deletion.
func (l *Log) VerifyChain(ctx context.Context, actor model.Actor) (ChainReport, error) {
	var report ChainReport
	err := l.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) error {
		start, previous, err := tx.EventStart()
		if err != nil {
			return err
		}
		report = ChainReport{}
		walk := chainWalk{start: start, last: start, hash: previous}
		if walk.keys, err = l.verifiedKeys(tx); err != nil {
			return err
		}
		for {
			events, err := tx.Events(model.EventFilter{After: walk.last, Limit: 1000})
			if err != nil {
				return err
			}
			if len(events) == 0 {
				report.Unproven = walk.unproven
				return walk.end(tx)
			}
			for _, e := range events {
				if err := walk.step(e); err != nil {
					return err
				}
			}
			report.Events += len(events)
		}
	})
	return report, err
}

// VerifyNewest verifies the newest n events of the chain, and that the last of them is the head. It costs the
// same for a chain of any length; [Log.VerifyChain] verifies the whole chain. It requires
// [model.AuditRead] on the whole server.
func (l *Log) VerifyNewest(ctx context.Context, actor model.Actor, n int) (ChainReport, error) {
	var report ChainReport
	err := l.ops.Read(ctx, actor, model.AuditRead, 0, func(tx model.Reader, _ model.User) error {
		events, err := tx.Events(model.EventFilter{Last: true, Limit: n})
		if err != nil || len(events) == 0 {
			return err
		}
		walk := chainWalk{last: events[0].ID - 1, hash: events[0].Previous}
		if walk.keys, err = l.verifiedKeys(tx); err != nil {
			return err
		}
		for _, e := range events {
			if err := walk.step(e); err != nil {
				return err
			}
		}
		walk.start = walk.trimmed // deletions of older events are not verified
		report = ChainReport{Events: len(events), Unproven: walk.unproven}
		return walk.end(tx)
	})
	return report, err
}

// verifiedKeys returns the keys of the chain. Without a keyring, for example while a directory is moved
// without its key file, there are none.
func (l *Log) verifiedKeys(tx model.Reader) (operation.KeySecret, error) {
	epoch, err := tx.EventEpoch()
	if err != nil {
		return operation.KeySecret{}, err
	}
	if l.keyring == nil {
		if epoch == 0 {
			return operation.KeySecret{}, nil
		}
		return operation.KeySecret{Epoch: epoch, Chain: []operation.ChainKey{{From: 1}}}, nil
	}
	s, err := l.ops.KeySecret(tx)
	if err == nil && s.Epoch != epoch {
		err = fault.New(fault.Conflict, "the number of the key of the chain of events was changed in the database; compare it with a backup")
	}
	return s, err
}

// chainWalk is the state of a verification.
type chainWalk struct {
	start   model.EventID // the last one deleted because of its age
	trimmed model.EventID // the same, as recorded by events
	last    model.EventID // the last one verified, with its hash
	hash    []byte
	keys    operation.KeySecret

	unproven int // events without a key to compute their hash with
}

func (w *chainWalk) step(e model.Event) error {
	switch {
	case e.ID != w.last+1:
		return brokenChain(w.last+1, "is missing")
	case !bytes.Equal(e.Previous, w.hash):
		return brokenChain(e.ID, "does not follow the one before")
	}
	proven, err := verifyHash(w.keys, e)
	if err != nil {
		return err
	}
	if !proven {
		w.unproven++
	}
	if w.last, w.hash = e.ID, e.Hash; e.Verb == model.EventsTrim {
		w.trimmed = model.EventID(e.TargetID)
	}
	return nil
}

// end returns an error if events follow the verified ones.
func (w *chainWalk) end(tx model.Reader) error {
	head, want, err := tx.EventHead()
	switch {
	case err != nil:
		return err
	case head != w.last || !bytes.Equal(w.hash, want):
		return brokenChain(w.last+1, "is missing at the end")
	case w.start != w.trimmed:
		return brokenChain(w.trimmed+1, "is missing, and no event tells of its being dropped")
	}
	return nil
}

func brokenChain(id model.EventID, what string) error {
	return fault.New(fault.Conflict, fmt.Sprintf("event %d %s; compare the database with a backup", id, what))
}

// CheckRecorded returns an error if a user, organization, SSH key or access token has no event of its
// creation. Then another program wrote it to the database, or its event was lost.
func (l *Log) CheckRecorded(ctx context.Context, actor model.Actor) error {
	return l.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) error {
		target, id, err := tx.Unrecorded()
		if err == nil && target != "" {
			err = fault.New(fault.Conflict, fmt.Sprintf("%s %d is there although no event says that it was created; compare the database with a backup", target, id))
		}
		return err
	})
}

// verifyHash reports whether the hash of an event is that of its fields. proven is
// false where there is no key to compute it with.
func verifyHash(s operation.KeySecret, e model.Event) (proven bool, err error) {
	key, keyed := s.At(e.ID)
	if keyed && key == nil {
		return false, nil
	}
	if !bytes.Equal(e.Hash, e.Sum(key)) {
		return false, brokenChain(e.ID, "was changed after it was written")
	}
	return true, nil
}
