package cache

import (
	"errors"

	"github.com/RoaringBitmap/roaring/v2"

	"roster.example/roster/internal/directory"
)

// While a list is read, commits go on. They are written into a journal, which
// begins before the snapshot and is made up for at the end: what is in both is
// said twice, which does no harm.

// readAtOnce is how many rows one query reads.
const readAtOnce = 10_000

var errIDTooLarge = errors.New("an id is too large for lists in memory")

// read begins to read what is missing, unless that is under way.
func (l *lists) read(what readingOf) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.reading[what]; ok || l.ctx.Err() != nil || len(l.reading) >= mostReadings {
		return
	}
	journal := &[]listChange{}
	l.reading[what] = journal
	l.work.Go(func() {
		l.turn <- struct{}{}
		defer func() { <-l.turn }()
		if err := l.readInto(what, journal); err != nil {
			l.abandon(what, journal)
			if l.ctx.Err() == nil {
				l.log.Warn("a list of people could not be read into memory; the database answers instead", "error", err)
			}
		}
	})
}

func (l *lists) readInto(what readingOf, journal *[]listChange) error {
	if what.org == 0 {
		read, err := l.readPeople()
		if err == nil {
			l.publish(what, journal, read.make, func() { l.people = read })
		}
		return err
	}
	set, err := l.readMembers(what.org)
	if err == nil {
		l.publish(what, journal, func(c listChange) { changeOf(what.org, set, c) }, func() { l.putMembers(what.org, set) })
	}
	return err
}

func (l *lists) readPeople() (*people, error) {
	read := newPeople()
	err := l.below.View(l.ctx, func(tx directory.Reader) error {
		return inSteps(func(after directory.UserID) (directory.UserID, int, error) {
			rows, err := tx.UserStates(after, readAtOnce)
			for _, u := range rows {
				if !fits(u.ID) {
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

func (l *lists) readMembers(org directory.OrgID) (*idSet, error) {
	set := roaring.New()
	err := l.below.View(l.ctx, func(tx directory.Reader) error {
		return inSteps(func(after directory.UserID) (directory.UserID, int, error) {
			ids, err := tx.MemberIDs(org, after, readAtOnce)
			for _, id := range ids {
				if !fits(id) {
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

// inSteps calls step with the last id it returned until it read less than it might.
func inSteps(step func(after directory.UserID) (last directory.UserID, n int, err error)) error {
	after := directory.UserID(0)
	for {
		last, n, err := step(after)
		if err != nil || n < readAtOnce {
			return err
		}
		after = last
	}
}

// publish makes up for the journal and lets the list be used, if nothing was
// forgotten meanwhile.
func (l *lists) publish(what readingOf, journal *[]listChange, apply func(listChange), use func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reading[what] != journal {
		return
	}
	delete(l.reading, what)
	for _, c := range *journal {
		if !fits(c.user) && c.verb != dissolved {
			return
		}
		apply(c)
	}
	use()
}

func (l *lists) abandon(what readingOf, journal *[]listChange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reading[what] == journal {
		delete(l.reading, what)
	}
}

// putMembers makes room first: any other organization's list can be read again.
func (l *lists) putMembers(org directory.OrgID, set *idSet) {
	l.bytes = set.GetSizeInBytes()
	for _, other := range l.members {
		l.bytes += other.GetSizeInBytes()
	}
	for other, others := range l.members {
		if l.bytes <= listBytes {
			break
		}
		l.bytes -= others.GetSizeInBytes()
		delete(l.members, other)
	}
	l.members[org] = set
}

// changeOf makes a change to the list of one organization, if it is about that.
func changeOf(org directory.OrgID, set *idSet, c listChange) {
	if c.org == org || c.verb == gone {
		change(set, c)
	}
}
