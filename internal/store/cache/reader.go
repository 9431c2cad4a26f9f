package cache

import (
	"context"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// reader answers from the cache if it can, and else from a snapshot of the backend, which is
// taken at the first such query.
type reader struct {
	model.Reader
	store *Store
	epoch uint64 // before any snapshot was taken
}

// A readBeginner is a store with a ReadCached that needs no callback. A callback would be allocated several
// times for each request.
type readBeginner interface {
	// BeginRead begins a ReadCached; End ends it.
	BeginRead(ctx context.Context) interface {
		model.Reader
		End()
	}
}

// dependency is what a result depends on.
type dependency struct {
	tag  tag
	orgs bool
}

// getAs returns a cached value. ok is false if nothing is cached; err is NotFound if the
// record is known to be absent.
func getAs[T any](r *reader, k key, what string) (value *T, err error, ok bool) {
	e, ok := r.store.get(k)
	if !ok {
		return nil, nil, false
	}
	if e.absent {
		return nil, fault.Missing(what), true
	}
	return e.value.(*T), nil, true
}

// put stores a result, unless it is so large that it would evict many others.
func (r *reader) put(k key, s dependency, value any, size int) {
	if size > r.store.maxSize {
		return
	}
	r.store.put(k, &entry{epoch: r.epoch, tag: s.tag, orgs: s.orgs, value: value, size: uint32(size)})
}

// putAbsent stores that the record does not exist, if err is NotFound.
func (r *reader) putAbsent(k key, s dependency, err error) {
	if fault.KindOf(err) == fault.NotFound {
		r.store.put(k, &entry{epoch: r.epoch, tag: s.tag, orgs: s.orgs, absent: true})
	}
}

// getOrLoad returns the cached value of k, or reads and stores it.
func getOrLoad[T any](r *reader, k key, what string, s dependency, sizeOf func(T) int, read func() (T, error)) (T, error) {
	if value, err, ok := getAs[T](r, k, what); ok {
		if err != nil {
			var none T
			return none, err
		}
		return *value, nil
	}
	value, err := read()
	if err == nil {
		r.put(k, s, &value, sizeOf(value))
	} else {
		r.putAbsent(k, s, err)
	}
	return value, err
}

// batch describes a query for the records of several ids, which are cached one by one.
type batch[ID comparable, T any] struct {
	key    func(ID) (key, dependency)
	id     func(T) ID
	sizeOf func(T) int
	read   func([]ID) ([]T, error)
}

// getEach returns the records of ids that exist, in the order of ids. It reads those that are not
// cached in one query.
func getEach[ID comparable, T any](r *reader, ids []ID, b batch[ID, T]) ([]T, error) {
	found := make(map[ID]*T, len(ids))
	var missing []ID
	for _, id := range ids {
		k, _ := b.key(id)
		if value, err, ok := getAs[T](r, k, ""); !ok {
			missing = append(missing, id)
		} else if err == nil {
			found[id] = value
		}
	}
	if len(missing) > 0 {
		if err := readMissing(r, missing, b, found); err != nil {
			return nil, err
		}
	}
	all := make([]T, 0, len(found))
	for _, id := range ids {
		if value := found[id]; value != nil {
			all = append(all, *value)
		}
	}
	return all, nil
}

// readMissing reads and caches the records of ids, also that one is absent.
func readMissing[ID comparable, T any](r *reader, ids []ID, b batch[ID, T], found map[ID]*T) error {
	values, err := b.read(ids)
	if err != nil {
		return err
	}
	for i := range values {
		found[b.id(values[i])] = &values[i]
	}
	for _, id := range ids {
		k, s := b.key(id)
		if value := found[id]; value != nil {
			own := *value // the entry does not keep the others in memory
			r.put(k, s, &own, b.sizeOf(own))
		} else {
			r.putAbsent(k, s, fault.Missing(""))
		}
	}
	return nil
}

func (r *reader) Organization(id model.OrgID) (model.Organization, error) {
	return getOrLoad(r, key{kind: organizationByID, org: int64(id)}, "organization", dependency{noTag, true}, fixedSize,
		func() (model.Organization, error) { return r.Reader.Organization(id) })
}

func (r *reader) OrganizationBySlug(slug string) (model.Organization, error) {
	slug = strings.ToLower(slug)
	return getOrLoad(r, key{kind: organizationBySlug, text: slug}, "organization", dependency{noTag, true}, fixedSize,
		func() (model.Organization, error) { return r.Reader.OrganizationBySlug(slug) })
}

func (r *reader) HomeOrganization() (model.Organization, error) {
	return getOrLoad(r, key{kind: homeOrganization}, "organization", dependency{noTag, true}, fixedSize, r.Reader.HomeOrganization)
}

func (r *reader) Role(id model.RoleID) (model.Role, error) {
	return getOrLoad(r, key{kind: roleByID, id: int64(id)}, "role", dependency{noTag, true}, sizeOfRole,
		func() (model.Role, error) { return r.Reader.Role(id) })
}

func (r *reader) Roles(org model.OrgID) ([]model.Role, error) {
	return getOrLoad(r, key{kind: rolesOf, org: int64(org)}, "role", dependency{noTag, true}, sizeOfEach(sizeOfRole),
		func() ([]model.Role, error) { return r.Reader.Roles(org) })
}

func (r *reader) Member(org model.OrgID, user model.UserID) (model.Member, error) {
	return getOrLoad(r, key{kind: memberIn, id: int64(user), org: int64(org)}, "member", dependency{userTag(user), true}, fixedSize,
		func() (model.Member, error) { return r.Reader.Member(org, user) })
}

func (r *reader) MembersIn(org model.OrgID, users []model.UserID) ([]model.Member, error) {
	return getEach(r, users, batch[model.UserID, model.Member]{
		key: func(id model.UserID) (key, dependency) {
			return key{kind: memberIn, id: int64(id), org: int64(org)}, dependency{userTag(id), true}
		},
		id:     func(m model.Member) model.UserID { return m.User },
		sizeOf: fixedSize[model.Member],
		read:   func(ids []model.UserID) ([]model.Member, error) { return r.Reader.MembersIn(org, ids) },
	})
}

func (r *reader) Memberships(user model.UserID) ([]model.Membership, error) {
	return getOrLoad(r, key{kind: membershipsOf, id: int64(user)}, "member", dependency{userTag(user), true}, sizeOfEach(sizeOfMembership),
		func() ([]model.Membership, error) { return r.Reader.Memberships(user) })
}

// MemberCount uses the cached list of members if there is one.
func (r *reader) MemberCount(org model.OrgID) (int, error) {
	if n, ok := r.store.lists.count(org); ok {
		return n, nil
	}
	return getOrLoad(r, key{kind: memberCount, org: int64(org)}, "member", dependency{membersTag(org), true}, fixedSize,
		func() (int, error) { return r.Reader.MemberCount(org) })
}

func (r *reader) Projects(org model.OrgID) ([]model.Project, error) {
	return getOrLoad(r, key{kind: projectsOf, org: int64(org)}, "project", dependency{noTag, true}, sizeOfEach(sizeOfProject),
		func() ([]model.Project, error) { return r.Reader.Projects(org) })
}

// Assignments caches queries for one user, because users list their own projects.
func (r *reader) Assignments(org model.OrgID, users []model.UserID) (map[model.UserID][]model.Project, error) {
	if len(users) != 1 {
		return r.Reader.Assignments(org, users)
	}
	return getOrLoad(r, key{kind: assignmentsOf, id: int64(users[0]), org: int64(org)}, "project", dependency{userTag(users[0]), true}, sizeOfAssignments,
		func() (map[model.UserID][]model.Project, error) { return r.Reader.Assignments(org, users) })
}

func (r *reader) APIKeyOf(owner model.UserID) (model.APIKey, error) {
	return getOrLoad(r, key{kind: apiKeyOf, id: int64(owner)}, "api_key", dependency{userTag(owner), false}, fixedSize,
		func() (model.APIKey, error) { return r.Reader.APIKeyOf(owner) })
}

func (r *reader) APIKeysOf(owners []model.UserID) ([]model.APIKey, error) {
	return getEach(r, owners, batch[model.UserID, model.APIKey]{
		key: func(id model.UserID) (key, dependency) {
			return key{kind: apiKeyOf, id: int64(id)}, dependency{userTag(id), false}
		},
		id:     func(k model.APIKey) model.UserID { return k.Owner },
		sizeOf: fixedSize[model.APIKey],
		read:   r.Reader.APIKeysOf,
	})
}

func (r *reader) Keys(owner model.UserID) ([]model.SSHKey, error) {
	return getOrLoad(r, key{kind: keysOf, id: int64(owner)}, "key", dependency{userTag(owner), false}, sizeOfEach(sizeOfKey),
		func() ([]model.SSHKey, error) { return r.Reader.Keys(owner) })
}
