package cache

import (
	"errors"

	"github.com/RoaringBitmap/roaring/v2"

	"roster.example/roster/internal/model"
)

// While a list is loaded, commits continue. Their changes go into a journal, which begins
// before the snapshot and is applied at the end. A change that the snapshot contains too is
// applied twice, without effect.

// batchRows is the number of rows of one query.
const batchRows = 10_000

var errIDTooLarge = errors.New("an id is too large for a cached list")

// load starts to load a list, unless it is being loaded.
func (l *lists) load(what listID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.loading[what]; ok || l.ctx.Err() != nil || len(l.loading) >= maxLoads {
		return
	}
	journal := &[]listChange{}
	l.loading[what] = journal
	l.loads.Go(func() {
		l.loadSlot <- struct{}{}
		defer func() { <-l.loadSlot }()
		if err := l.loadInto(what, journal); err != nil {
			l.discard(what, journal)
			if l.ctx.Err() == nil {
				l.log.Warn("a list of users could not be cached; it is read from the database", "error", err)
			}
		}
	})
}

func (l *lists) loadInto(what listID, journal *[]listChange) error {
	if what.org == 0 {
		read, err := l.loadUsers()
		if err == nil {
			l.publish(what, journal, read.applyChange, func() { l.users = read })
		}
		return err
	}
	set, err := l.loadMembers(what.org)
	if err == nil {
		l.publish(what, journal, func(c listChange) { applyTo(what.org, set, c) }, func() { l.putMembers(what.org, set) })
	}
	return err
}

func (l *lists) loadUsers() (*userSets, error) {
	read := newUserSets()
	err := l.backend.Read(l.ctx, func(tx model.Reader) error {
		return inBatches(func(after model.UserID) (model.UserID, int, error) {
			rows, err := tx.UserStates(after, batchRows)
			for _, u := range rows {
				if !fitsBitmap(u.ID) {
					return 0, 0, errIDTooLarge
				}
				read.put(u)
				after = u.ID
			}
			return after, len(rows), err
		})
	})
	read.all.RunOptimize()
	for _, set := range read.state {
		set.RunOptimize()
	}
	return read, err
}

func (l *lists) loadMembers(org model.OrgID) (*idSet, error) {
	set := roaring.New()
	err := l.backend.Read(l.ctx, func(tx model.Reader) error {
		return inBatches(func(after model.UserID) (model.UserID, int, error) {
			ids, err := tx.MemberIDs(org, after, batchRows)
			for _, id := range ids {
				if !fitsBitmap(id) {
					return 0, 0, errIDTooLarge
				}
				set.Add(uint32(id))
				after = id
			}
			return after, len(ids), err
		})
	})
	set.RunOptimize()
	return set, err
}

// inBatches calls step with the last id that it returned, until it read less than a batch.
func inBatches(step func(after model.UserID) (last model.UserID, n int, err error)) error {
	after := model.UserID(0)
	for {
		last, n, err := step(after)
		if err != nil || n < batchRows {
			return err
		}
		after = last
	}
}

// publish applies the journal and calls use, unless the lists were cleared meanwhile.
func (l *lists) publish(what listID, journal *[]listChange, apply func(listChange), use func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loading[what] != journal {
		return
	}
	delete(l.loading, what)
	for _, c := range *journal {
		if !fitsBitmap(c.user) && c.op != opDeleteOrg {
			return
		}
		apply(c)
	}
	use()
}

func (l *lists) discard(what listID, journal *[]listChange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loading[what] == journal {
		delete(l.loading, what)
	}
}

// putMembers stores the members of org. It first drops lists of other organizations if the
// size would exceed maxMemberBytes.
func (l *lists) putMembers(org model.OrgID, set *idSet) {
	l.bytes = set.GetSizeInBytes()
	for _, other := range l.members {
		l.bytes += other.GetSizeInBytes()
	}
	for other, others := range l.members {
		if l.bytes <= maxMemberBytes {
			break
		}
		l.bytes -= others.GetSizeInBytes()
		delete(l.members, other)
	}
	l.members[org] = set
}

// applyTo applies a change to the list of one organization, if it concerns it.
func applyTo(org model.OrgID, set *idSet, c listChange) {
	if c.org == org || c.op == opDelete {
		applyMemberChange(set, c)
	}
}
