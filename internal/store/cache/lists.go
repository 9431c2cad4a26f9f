package cache

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"roster.example/roster/internal/model"
)

// lists holds the users of each state and the members of organizations. A missing list is
// loaded in the background after the first request.
type lists struct {
	backend  model.Store
	log      *slog.Logger
	ctx      context.Context
	mu       sync.RWMutex
	users    *userSets                // nil until loaded
	members  map[model.OrgID]*idSet   // loaded ones
	loading  map[listID]*[]listChange // changes that were committed since the load began
	versions versions
	bytes    uint64        // size of all members
	loadSlot chan struct{} // holds one value while a list is loaded
	loads    sync.WaitGroup
}

// listID identifies a list: the members of org, or all users if org is zero.
type listID struct{ org model.OrgID }

// idSet is a set of ids below 2^32. Larger ids are not cached.
type idSet = roaring.Bitmap

// userSets holds all ids, and those of each state.
type userSets struct {
	all   *idSet
	state map[model.State]*idSet
}

func newUserSets() *userSets {
	p := &userSets{all: roaring.New(), state: map[model.State]*idSet{}}
	for _, s := range []model.State{model.Active, model.Blocked, model.Invited} {
		p.state[s] = roaring.New()
	}
	return p
}

func newLists(ctx context.Context, backend model.Store, log *slog.Logger) *lists {
	return &lists{
		ctx: ctx, backend: backend, log: log,
		members: map[model.OrgID]*idSet{}, loading: map[listID]*[]listChange{},
		loadSlot: make(chan struct{}, 1),
	}
}

func (p *userSets) inState(state model.State) *idSet {
	if state == "" {
		return p.all
	}
	return p.state[state]
}

// clear drops all lists, including those that are being loaded.
func (l *lists) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.users = nil
	clear(l.members)
	clear(l.loading)
}

func (l *lists) wait() { l.loads.Wait() }

// apply applies committed changes. Changes of this node arrive twice, at the commit and by the
// feed, so a change is dropped if a later version was applied.
func (l *lists) apply(version model.EventID, changed []listChange) {
	if len(changed) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if version != 0 {
		changed = l.versions.dropStale(version, changed)
	}
	for _, c := range changed {
		l.applyChange(c)
	}
	for _, journal := range l.loading {
		*journal = append(*journal, changed...)
	}
}

func (l *lists) applyChange(c listChange) {
	if c.op != opDeleteOrg && !fitsBitmap(c.user) {
		l.users = nil
		clear(l.members)
		return
	}
	if l.users != nil {
		l.users.applyChange(c)
	}
	switch c.op {
	case opDelete:
		for _, set := range l.members {
			set.Remove(uint32(c.user))
		}
	case opDeleteOrg:
		delete(l.members, c.org)
	default:
		if set := l.members[c.org]; set != nil {
			applyMemberChange(set, c)
		}
	}
}

func (p *userSets) applyChange(c listChange) {
	if c.op != opUpsert && c.op != opDelete {
		return
	}
	id := uint32(c.user)
	for _, set := range p.state {
		set.Remove(id)
	}
	p.all.Remove(id)
	if c.op == opUpsert {
		p.put(model.UserState{ID: c.user, State: c.state})
	}
}

func (p *userSets) put(u model.UserState) {
	set := p.state[u.State]
	if set == nil {
		set = roaring.New()
		p.state[u.State] = set
	}
	set.Add(uint32(u.ID))
	p.all.Add(uint32(u.ID))
}

// applyMemberChange applies a change to the members of one organization.
func applyMemberChange(set *idSet, c listChange) {
	switch c.op {
	case opAdd:
		set.Add(uint32(c.user))
	case opRemove, opDelete:
		set.Remove(uint32(c.user))
	}
}

// fitsBitmap reports whether an id can be in an idSet.
func fitsBitmap(id model.UserID) bool { return id > 0 && id <= math.MaxUint32 }

// Bounds of lists, in addition to [Options].Memory.
const (
	// maxMemberBytes is the maximum size of all lists of members.
	maxMemberBytes = 8 << 20
	// maxUnion is the maximum number of organizations in one list.
	maxUnion = 16
	// maxLoads is the maximum number of lists that wait to be loaded. One is loaded at a
	// time, because database connections are for requests.
	maxLoads = 16
)

// page returns a page of a list by id. It reports false if the list is not cached, or not yet.
func (l *lists) page(filter model.UserFilter, visibility model.Visibility) (model.Page[model.UserID], bool) {
	if !isListable(filter) {
		return model.Page[model.UserID]{}, false
	}
	l.mu.RLock()
	set, missing := l.resolve(filter, visibility)
	var page model.Page[model.UserID]
	if set != nil {
		page = pageOf(set, filter)
	}
	l.mu.RUnlock()
	for _, m := range missing {
		l.load(m)
	}
	return page, set != nil
}

// count returns the number of members of org.
func (l *lists) count(org model.OrgID) (int, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if set := l.members[org]; set != nil {
		return int(set.GetCardinality()), true
	}
	return 0, false
}

// resolve returns the set of a list, or the lists that must be loaded for it.
func (l *lists) resolve(filter model.UserFilter, visibility model.Visibility) (*idSet, []listID) {
	orgs := visibility.Orgs
	if filter.Org != 0 {
		if !visibility.All && !slices.Contains(orgs, filter.Org) {
			return nil, nil // rare: members of that organization who are visible through another one
		}
		orgs = []model.OrgID{filter.Org}
	}
	if len(orgs) > maxUnion {
		return nil, nil
	}
	if missing := l.missing(filter, visibility, orgs); len(missing) > 0 {
		return nil, missing
	}
	if visibility.All && filter.Org == 0 {
		return l.users.inState(filter.State), nil
	}
	return l.visible(filter, visibility, orgs), nil
}

func (l *lists) missing(filter model.UserFilter, visibility model.Visibility, orgs []model.OrgID) []listID {
	var missing []listID
	all := visibility.All && filter.Org == 0
	if (all || filter.State != "") && l.users == nil {
		missing = append(missing, listID{})
	}
	if all {
		return missing
	}
	if filter.Org == 0 && l.users == nil { // the list of all users says whether the actor's own user exists
		missing = []listID{{}}
	}
	for _, org := range orgs {
		if l.members[org] == nil {
			missing = append(missing, listID{org})
		}
	}
	return missing
}

// visible returns the union of the visible users. It does not modify cached sets.
func (l *lists) visible(filter model.UserFilter, visibility model.Visibility, orgs []model.OrgID) *idSet {
	sets := make([]*idSet, 0, len(orgs)+1)
	for _, org := range orgs {
		sets = append(sets, l.members[org])
	}
	self := uint32(visibility.Self)
	if filter.Org == 0 && !(len(sets) == 1 && sets[0].Contains(self)) && l.users.all.Contains(self) {
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
		set = roaring.And(set, l.users.inState(filter.State))
	}
	return set
}
