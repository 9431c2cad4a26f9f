package cache

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"roster.example/roster/internal/directory"
)

// lists are who is in which state, and who belongs to which organization. A list
// that somebody asks for and that is not there is read in the background.
type lists struct {
	below   directory.Store
	log     *slog.Logger
	ctx     context.Context
	mu      sync.RWMutex
	people  *people                     // nil until read
	members map[directory.OrgID]*idSet  // those that were read
	reading map[readingOf]*[]listChange // what was committed since the reading began
	made    versions
	bytes   uint64        // of all members
	turn    chan struct{} // held by who reads a list
	work    sync.WaitGroup
}

// readingOf names what is being read: the people, or the members of org.
type readingOf struct{ org directory.OrgID }

// idSet is a set of ids that fit 32 bits; others are never put in memory.
type idSet = roaring.Bitmap

// people are all ids, and those in each state.
type people struct {
	all   *idSet
	state map[directory.State]*idSet
}

func newPeople() *people {
	p := &people{all: roaring.New(), state: map[directory.State]*idSet{}}
	for _, s := range []directory.State{directory.Active, directory.Blocked, directory.Invited} {
		p.state[s] = roaring.New()
	}
	return p
}

func newLists(ctx context.Context, below directory.Store, log *slog.Logger) *lists {
	return &lists{
		ctx: ctx, below: below, log: log,
		members: map[directory.OrgID]*idSet{}, reading: map[readingOf]*[]listChange{},
		turn: make(chan struct{}, 1),
	}
}

func (p *people) in(state directory.State) *idSet {
	if state == "" {
		return p.all
	}
	return p.state[state]
}

// forget drops all lists, also those that are being read.
func (l *lists) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.people = nil
	clear(l.members)
	clear(l.reading)
}

func (l *lists) wait() { l.work.Wait() }

// apply makes changes that were committed. Those of this node come from two sides,
// at its own commit and by the feed, so they are made in the order of their
// versions, whatever the order in which they come.
func (l *lists) apply(version directory.EventID, changed []listChange) {
	if len(changed) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if version != 0 {
		changed = l.made.later(version, changed)
	}
	for _, c := range changed {
		l.make(c)
	}
	for _, journal := range l.reading {
		*journal = append(*journal, changed...)
	}
}

func (l *lists) make(c listChange) {
	if c.verb != dissolved && !fits(c.user) {
		l.people = nil
		clear(l.members)
		return
	}
	if l.people != nil {
		l.people.make(c)
	}
	switch c.verb {
	case gone:
		for _, set := range l.members {
			set.Remove(uint32(c.user))
		}
	case dissolved:
		delete(l.members, c.org)
	default:
		if set := l.members[c.org]; set != nil {
			change(set, c)
		}
	}
}

func (p *people) make(c listChange) {
	if c.verb != stands && c.verb != gone {
		return
	}
	id := uint32(c.user)
	for _, set := range p.state {
		set.Remove(id)
	}
	p.all.Remove(id)
	if c.verb == stands {
		p.put(directory.UserState{ID: c.user, State: c.state})
	}
}

func (p *people) put(u directory.UserState) {
	set := p.state[u.State]
	if set == nil {
		set = roaring.New()
		p.state[u.State] = set
	}
	set.Add(uint32(u.ID))
	p.all.Add(uint32(u.ID))
}

// change makes a change to the members of one organization.
func change(set *idSet, c listChange) {
	switch c.verb {
	case joined:
		set.Add(uint32(c.user))
	case left, gone:
		set.Remove(uint32(c.user))
	}
}

// fits reports whether an id can be kept.
func fits(id directory.UserID) bool { return id > 0 && id <= math.MaxUint32 }

// What lists may take, besides what [Options].Memory bounds.
const (
	// listBytes bounds the lists of members; the people themselves are one list.
	listBytes = 8 << 20
	// mostAtOnce is of how many organizations one list is put together in memory.
	mostAtOnce = 16
	// mostReadings is how many lists may wait to be read. One is read at a time:
	// readers are for requests.
	mostReadings = 16
)

// page answers a list by id. It reports false when the list is not (yet) in
// memory, or not one of those that are kept there.
func (l *lists) page(filter directory.UserFilter, sight directory.Sight) (directory.Page[directory.UserID], bool) {
	if !listable(filter) {
		return directory.Page[directory.UserID]{}, false
	}
	l.mu.RLock()
	set, missing := l.selected(filter, sight)
	var page directory.Page[directory.UserID]
	if set != nil {
		page = cut(set, filter)
	}
	l.mu.RUnlock()
	for _, m := range missing {
		l.read(m)
	}
	return page, set != nil
}

// count is how many members org has.
func (l *lists) count(org directory.OrgID) (int, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if set := l.members[org]; set != nil {
		return int(set.GetCardinality()), true
	}
	return 0, false
}

// selected is the set that a list shows, or what has to be read for it.
func (l *lists) selected(filter directory.UserFilter, sight directory.Sight) (*idSet, []readingOf) {
	orgs := sight.Orgs
	if filter.Org != 0 {
		if !sight.All && !slices.Contains(orgs, filter.Org) {
			return nil, nil // rare: whom of that organization one sees elsewhere
		}
		orgs = []directory.OrgID{filter.Org}
	}
	if len(orgs) > mostAtOnce {
		return nil, nil
	}
	if missing := l.missing(filter, sight, orgs); len(missing) > 0 {
		return nil, missing
	}
	if sight.All && filter.Org == 0 {
		return l.people.in(filter.State), nil
	}
	return l.seen(filter, sight, orgs), nil
}

func (l *lists) missing(filter directory.UserFilter, sight directory.Sight, orgs []directory.OrgID) []readingOf {
	var missing []readingOf
	everybody := sight.All && filter.Org == 0
	if (everybody || filter.State != "") && l.people == nil {
		missing = append(missing, readingOf{})
	}
	if everybody {
		return missing
	}
	if filter.Org == 0 && l.people == nil { // which tells whether the one who looks is there
		missing = []readingOf{{}}
	}
	for _, org := range orgs {
		if l.members[org] == nil {
			missing = append(missing, readingOf{org})
		}
	}
	return missing
}

// seen puts together whom somebody sees. What is in memory is not changed.
func (l *lists) seen(filter directory.UserFilter, sight directory.Sight, orgs []directory.OrgID) *idSet {
	sets := make([]*idSet, 0, len(orgs)+1)
	for _, org := range orgs {
		sets = append(sets, l.members[org])
	}
	self := uint32(sight.Self)
	if filter.Org == 0 && !(len(sets) == 1 && sets[0].Contains(self)) && l.people.all.Contains(self) {
		sets = append(sets, roaring.BitmapOf(self))
	}
	set := roaring.New()
	switch len(sets) {
	case 0:
	case 1:
		set = sets[0]
	default:
		set = roaring.FastOr(sets...)
	}
	if filter.State != "" {
		set = roaring.And(set, l.people.in(filter.State))
	}
	return set
}
