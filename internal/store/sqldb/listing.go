package sqldb

import (
	"cmp"
	"slices"

	"roster.example/roster/internal/model"
)

// sortInMemoryMax is the maximum number of users that are sorted in memory. Sorting costs the
// same for every position in the order; walking an index costs less the more users match.
const sortInMemoryMax = 4096

// Users implements [model.UserReader]. If an indexed predicate selects few users, they are
// listed and sorted in memory. Else the query walks the index of the order and skips users that
// do not match; see docs/paging.md.
func (r *reader) Users(filter model.UserFilter, visibility model.Visibility) (model.Page[model.UserID], error) {
	s := selection{filter: filter, visibility: visibility, part: searchable(filter.Search)}
	by := s.source()
	if by != byNone {
		ids, err := r.candidates(s, by)
		if err != nil || len(ids) <= sortInMemoryMax {
			return r.sort(ids, filter, err)
		}
	}
	var page model.Page[model.UserID]
	var err error
	if !filter.SkipTotal {
		if page.Total, page.Capped, err = r.count(s, by); err != nil {
			return page, err
		}
	}
	page.Items, err = r.run(ListQueries(r.engine, filter, visibility), filter.Limit)
	return page, err
}

// candidates returns the ids of a selection, unordered, and at most sortInMemoryMax+1.
func (r *reader) candidates(s selection, by predicate) ([]model.UserID, error) {
	c := &clauses{engine: r.engine}
	from := `SELECT d.id FROM (` + s.indexedQuery(c, by) + `) d`
	s.require(c, "d.id", by)
	return list(r, "user", scanID[model.UserID], from+c.where()+` LIMIT `+c.fixed(sortInMemoryMax+1), c.args...)
}

// count returns the number of matching users. If it must check rows one by one, it stops at
// [model.CountLimit] and reports capped.
func (r *reader) count(s selection, by predicate) (n int, capped bool, err error) {
	c := &clauses{engine: r.engine}
	if s.part == "" && s.filter.Where == nil && s.filter.Role == 0 {
		from := `SELECT count(*) FROM (` + s.indexedQuery(c, by) + `) d`
		s.require(c, "d.id", by)
		n, err = one(r, "user", scanInt, from+c.where(), c.args...)
		return n, false, err
	}
	from := `SELECT count(*) FROM (SELECT d.id FROM (` + s.indexedQuery(c, by) + `) d`
	s.require(c, "d.id", by)
	n, err = one(r, "user", scanInt, from+c.where()+` LIMIT `+c.fixed(model.CountLimit+1)+`) n`, c.args...)
	return min(n, model.CountLimit), n > model.CountLimit, err
}

// sort returns a page of the ids of a selection.
func (r *reader) sort(ids []model.UserID, filter model.UserFilter, err error) (model.Page[model.UserID], error) {
	page := model.Page[model.UserID]{Total: len(ids)}
	if err != nil || len(ids) == 0 {
		return page, err
	}
	if filter.Order == model.ByID {
		page.Items = pageOf(ids, filter)
		return page, nil
	}
	page.Items, err = r.run(keysetQuery(r.engine, filter, func(c *clauses) { c.add(`u.id ` + c.in(int64s(ids))) }), filter.Limit)
	return page, err
}

// pageOf returns the ids of the page that filter selects.
func pageOf(ids []model.UserID, filter model.UserFilter) []model.UserID {
	slices.Sort(ids)
	if filter.Descending {
		slices.Reverse(ids)
	}
	if filter.After != nil {
		ids = slices.DeleteFunc(ids, func(id model.UserID) bool {
			return id == filter.After.ID || (id < filter.After.ID) != filter.Descending
		})
	}
	if filter.After == nil {
		ids = ids[min(max(filter.Offset, 0), len(ids)):]
	}
	if filter.Limit > 0 {
		ids = ids[:min(filter.Limit, len(ids))]
	}
	return ids
}

// UsersByID runs one query, and a second one if users have identities.
func (r *reader) UsersByID(ids []model.UserID) ([]model.User, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	users, err := r.listUsers(len(ids), `u.id `+r.engine.In("$1"), r.engine.List(int64s(ids)))
	if err != nil {
		return nil, err
	}
	return inOrder(users, ids), nil
}

// inOrder returns users, which are sorted by id, in the order of ids.
func inOrder(users []model.User, ids []model.UserID) []model.User {
	ordered := make([]model.User, 0, len(ids))
	for _, id := range ids {
		if at, found := slices.BinarySearchFunc(users, id, byID); found {
			ordered = append(ordered, users[at])
		}
	}
	return ordered
}

func byID(u model.User, id model.UserID) int { return cmp.Compare(u.ID, id) }

// joinedEmail lists the columns of an address, with defaults for a user without addresses.
const joinedEmail = `coalesce(e.id, 0), coalesce(e.address, ''), coalesce(e.is_primary, FALSE), coalesce(e.verified, FALSE),
	coalesce(e.former, FALSE), coalesce(e.invited, FALSE), coalesce(e.claimed, FALSE), coalesce(e.created_at, 0)`

// A joined row is a user with one of their addresses. Its ID is 0 if the user has none.
type joined struct {
	user       model.User
	email      model.Email
	identified bool // the user has identities
}

func scanJoined(from row) (j joined, err error) {
	e := &j.email
	err = from.Scan(append(userFields(&j.user),
		&e.ID, &e.Address, &e.Primary, &e.Verified, &e.PreviousPrimary, &e.Invited, &e.Claimed, scanTime(&e.CreatedAt), &j.identified)...)
	e.User = j.user.ID
	return j, err
}

// listUsers returns full user records matching where, ordered by id. Nearly all users have one
// address and no identity, so one joined query is cheaper than one for each table. about is
// the expected number of users.
func (r *reader) listUsers(about int, where string, args ...any) ([]model.User, error) {
	users := make([]model.User, 0, about)
	var identified []model.UserID
	err := r.each("user", func(from row) error {
		j, err := scanJoined(from)
		if err != nil {
			return err
		}
		if n := len(users); n == 0 || users[n-1].ID != j.user.ID {
			users = append(users, j.user)
			if j.identified {
				identified = append(identified, j.user.ID)
			}
		}
		if u := &users[len(users)-1]; j.email.ID != 0 {
			u.Emails = append(u.Emails, j.email)
		}
		return nil
	}, `SELECT `+userColumns+`, `+joinedEmail+`, EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id)
		FROM users u LEFT JOIN emails e ON e.user_id = u.id WHERE `+where+` ORDER BY u.id`, args...)
	if err != nil {
		return nil, err
	}
	for i := range users {
		slices.SortFunc(users[i].Emails, primaryFirst)
	}
	return users, r.loadIdentities(users, identified)
}

func primaryFirst(a, b model.Email) int {
	if a.Primary != b.Primary {
		if a.Primary {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.ID, b.ID)
}

// loadIdentities fills in Identities of the users with the given ids. users must be sorted by
// id.
func (r *reader) loadIdentities(users []model.User, ids []model.UserID) error {
	if len(ids) == 0 {
		return nil
	}
	return r.each("identity", func(from row) error {
		i, err := scanIdentity(from)
		if at, found := slices.BinarySearchFunc(users, i.User, byID); found {
			users[at].Identities = append(users[at].Identities, i)
		}
		return err
	}, `SELECT user_id, provider, extern_uid FROM identities WHERE user_id `+r.engine.In("$1")+` ORDER BY user_id, provider`,
		r.engine.List(int64s(ids)))
}
