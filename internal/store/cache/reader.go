package cache

import (
	"context"

	"roster.example/roster/internal/directory"
)

// reader answers from memory what it can, and else from the snapshot below, which
// is taken when the first such question comes.
type reader struct {
	directory.Reader
	store *Store
	at    uint64 // what the clock showed before any snapshot was taken
}

// A looker is a store whose Glance can be had without a function to call, which
// would be allocated for each of the glances that every request makes.
type looker interface {
	// Look begins a Glance; End ends it.
	Look(ctx context.Context) interface {
		directory.Reader
		End()
	}
}

// subject is what an answer depends on.
type subject struct {
	about topic
	orgs  bool
}

// known is an answer from memory: found, or known to be absent, or not known.
func known[T any](r *reader, k key, what string) (fact *T, err error, ok bool) {
	e, ok := r.store.recall(k)
	if !ok {
		return nil, nil, false
	}
	if e.absent {
		return nil, directory.Missing(what), true
	}
	return e.fact.(*T), nil, true
}

// keep remembers an answer, unless it alone would push many others out.
func (r *reader) keep(k key, s subject, fact any, weight int) {
	if weight > r.store.heaviest {
		return
	}
	r.store.keep(k, &entry{at: r.at, about: s.about, orgs: s.orgs, fact: fact, weight: uint32(weight)})
}

// keepAbsent remembers that there is no such thing, if that is what err says.
func (r *reader) keepAbsent(k key, s subject, err error) {
	if directory.KindOf(err) == directory.NotFound {
		r.store.keep(k, &entry{at: r.at, about: s.about, orgs: s.orgs, absent: true})
	}
}

// ask is the way of every answer that is kept as it is.
func ask[T any](r *reader, k key, what string, s subject, weigh func(T) int, read func() (T, error)) (T, error) {
	if fact, err, ok := known[T](r, k, what); ok {
		if err != nil {
			var none T
			return none, err
		}
		return *fact, nil
	}
	fact, err := read()
	if err == nil {
		r.keep(k, s, &fact, weigh(fact))
	} else {
		r.keepAbsent(k, s, err)
	}
	return fact, err
}

func (r *reader) Organization(id directory.OrgID) (directory.Organization, error) {
	return ask(r, key{kind: organizationByID, org: int64(id)}, "organization", subject{nothing, true}, small,
		func() (directory.Organization, error) { return r.Reader.Organization(id) })
}

func (r *reader) OrganizationBySlug(slug string) (directory.Organization, error) {
	return ask(r, key{kind: organizationBySlug, text: slug}, "organization", subject{nothing, true}, small,
		func() (directory.Organization, error) { return r.Reader.OrganizationBySlug(slug) })
}

func (r *reader) HomeOrganization() (directory.Organization, error) {
	return ask(r, key{kind: homeOrganization}, "organization", subject{nothing, true}, small, r.Reader.HomeOrganization)
}

func (r *reader) Role(id directory.RoleID) (directory.Role, error) {
	return ask(r, key{kind: roleByID, id: int64(id)}, "role", subject{nothing, true}, weighRole,
		func() (directory.Role, error) { return r.Reader.Role(id) })
}

func (r *reader) Roles(org directory.OrgID) ([]directory.Role, error) {
	return ask(r, key{kind: rolesOf, org: int64(org)}, "role", subject{nothing, true}, eachOf(weighRole),
		func() ([]directory.Role, error) { return r.Reader.Roles(org) })
}

func (r *reader) Member(org directory.OrgID, user directory.UserID) (directory.Member, error) {
	return ask(r, key{kind: memberIn, id: int64(user), org: int64(org)}, "member", subject{aboutUser(user), true}, small,
		func() (directory.Member, error) { return r.Reader.Member(org, user) })
}

func (r *reader) Memberships(user directory.UserID) ([]directory.Membership, error) {
	return ask(r, key{kind: membershipsOf, id: int64(user)}, "member", subject{aboutUser(user), true}, eachOf(weighMembership),
		func() ([]directory.Membership, error) { return r.Reader.Memberships(user) })
}

// MemberCount is of a list, if that is in memory.
func (r *reader) MemberCount(org directory.OrgID) (int, error) {
	if n, ok := r.store.lists.count(org); ok {
		return n, nil
	}
	return ask(r, key{kind: memberCount, org: int64(org)}, "member", subject{aboutMembers(org), true}, small,
		func() (int, error) { return r.Reader.MemberCount(org) })
}

func (r *reader) Projects(org directory.OrgID) ([]directory.Project, error) {
	return ask(r, key{kind: projectsOf, org: int64(org)}, "project", subject{nothing, true}, eachOf(weighProject),
		func() ([]directory.Project, error) { return r.Reader.Projects(org) })
}

// Assignments are remembered of one person, as people ask for their own.
func (r *reader) Assignments(org directory.OrgID, users []directory.UserID) (map[directory.UserID][]directory.Project, error) {
	if len(users) != 1 {
		return r.Reader.Assignments(org, users)
	}
	return ask(r, key{kind: assignmentsOf, id: int64(users[0]), org: int64(org)}, "project", subject{aboutUser(users[0]), true}, weighAssignments,
		func() (map[directory.UserID][]directory.Project, error) { return r.Reader.Assignments(org, users) })
}

func (r *reader) APIKeyOf(owner directory.UserID) (directory.APIKey, error) {
	return ask(r, key{kind: apiKeyOf, id: int64(owner)}, "api_key", subject{aboutUser(owner), false}, small,
		func() (directory.APIKey, error) { return r.Reader.APIKeyOf(owner) })
}

func (r *reader) Keys(owner directory.UserID) ([]directory.SSHKey, error) {
	return ask(r, key{kind: keysOf, id: int64(owner)}, "key", subject{aboutUser(owner), false}, eachOf(weighKey),
		func() ([]directory.SSHKey, error) { return r.Reader.Keys(owner) })
}
