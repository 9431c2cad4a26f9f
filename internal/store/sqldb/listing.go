package sqldb

import (
	"cmp"
	"slices"

	"roster.example/roster/internal/directory"
)

// few is how many people are rather sorted than looked for in an order: what is
// sorted costs the same wherever its people are in the order, and what is looked
// for costs less the more there is of it.
const few = 4096

// Users lists people in one of two ways. Those whom a narrowing leaves are listed
// first and sorted then, if they are few. Else the list goes along the order and
// leaves out who does not belong; see docs/paging.md.
func (r *reader) Users(filter directory.UserFilter, sight directory.Sight) (directory.Page[directory.UserID], error) {
	s := selection{filter: filter, sight: sight, part: searchable(filter.Search)}
	by := s.source()
	if by != byNothing {
		ids, err := r.candidates(s, by)
		if err != nil || len(ids) <= few {
			return r.sort(ids, filter, err)
		}
	}
	var page directory.Page[directory.UserID]
	var err error
	if !filter.Uncounted {
		if page.Total, page.Capped, err = r.count(s, by); err != nil {
			return page, err
		}
	}
	page.Items, err = r.run(ListQueries(r.engine, filter, sight), filter.Limit)
	return page, err
}

// candidates are the ids of a selection, in no order; of more than few of them
// some, and one more than few.
func (r *reader) candidates(s selection, by narrowing) ([]directory.UserID, error) {
	c := &clauses{engine: r.engine}
	from := `SELECT d.id FROM (` + s.listed(c, by) + `) d`
	s.require(c, "d.id", by)
	return list(r, "user", identifier[directory.UserID], from+c.where()+` LIMIT `+c.fixed(few+1), c.args...)
}

// count stops at [directory.CountLimit] where it looks at the rows one by one, and
// reports whether it did.
func (r *reader) count(s selection, by narrowing) (n int, capped bool, err error) {
	c := &clauses{engine: r.engine}
	if s.part == "" && s.filter.Where == nil {
		from := `SELECT count(*) FROM (` + s.listed(c, by) + `) d`
		s.require(c, "d.id", by)
		n, err = one(r, "user", number, from+c.where(), c.args...)
		return n, false, err
	}
	from := `SELECT count(*) FROM (SELECT d.id FROM (` + s.listed(c, by) + `) d`
	s.require(c, "d.id", by)
	n, err = one(r, "user", number, from+c.where()+` LIMIT `+c.fixed(directory.CountLimit+1)+`) n`, c.args...)
	return min(n, directory.CountLimit), n > directory.CountLimit, err
}

// sort makes a page of all ids of a selection.
func (r *reader) sort(ids []directory.UserID, filter directory.UserFilter, err error) (directory.Page[directory.UserID], error) {
	page := directory.Page[directory.UserID]{Total: len(ids)}
	if err != nil || len(ids) == 0 {
		return page, err
	}
	if filter.Order == directory.ByID {
		page.Items = cut(ids, filter)
		return page, nil
	}
	page.Items, err = r.run(stretch(r.engine, filter, func(c *clauses) { c.add(`u.id ` + c.in(numbers(ids))) }), filter.Limit)
	return page, err
}

// cut is the stretch of ids that filter asks for.
func cut(ids []directory.UserID, filter directory.UserFilter) []directory.UserID {
	slices.Sort(ids)
	if filter.Descending {
		slices.Reverse(ids)
	}
	if filter.After != nil {
		ids = slices.DeleteFunc(ids, func(id directory.UserID) bool {
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

// UsersByID asks one question, and another one where people have identities.
func (r *reader) UsersByID(ids []directory.UserID) ([]directory.User, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	users, err := r.people(len(ids), `u.id `+r.engine.In("$1"), r.engine.List(numbers(ids)))
	if err != nil {
		return nil, err
	}
	return inOrder(users, ids), nil
}

// inOrder lists people, who come by id, as ids lists them.
func inOrder(users []directory.User, ids []directory.UserID) []directory.User {
	ordered := make([]directory.User, 0, len(ids))
	for _, id := range ids {
		if at, found := slices.BinarySearchFunc(users, id, byID); found {
			ordered = append(ordered, users[at])
		}
	}
	return ordered
}

func byID(u directory.User, id directory.UserID) int { return cmp.Compare(u.ID, id) }

// joinedEmail are the columns of an address that may be none.
const joinedEmail = `coalesce(e.id, 0), coalesce(e.address, ''), coalesce(e.is_primary, FALSE), coalesce(e.verified, FALSE),
	coalesce(e.former, FALSE), coalesce(e.invited, FALSE), coalesce(e.claimed, FALSE), coalesce(e.created_at, 0)`

// A joined row is a user with one of their addresses, of which the ID is 0 if they
// have none.
type joined struct {
	user       directory.User
	email      directory.Email
	identified bool // the user has identities
}

func scanJoined(from row) (j joined, err error) {
	e := &j.email
	err = from.Scan(append(userFields(&j.user),
		&e.ID, &e.Address, &e.Primary, &e.Verified, &e.Former, &e.Invited, &e.Claimed, when(&e.CreatedAt), &j.identified)...)
	e.User = j.user.ID
	return j, err
}

// people lists those users u whole of whom where is true, by id. Nearly all have
// one address and no identity, so that one question for all is cheaper than one
// for each table. There are about so many.
func (r *reader) people(about int, where string, args ...any) ([]directory.User, error) {
	users := make([]directory.User, 0, about)
	var identified []directory.UserID
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
	return users, r.identify(users, identified)
}

func primaryFirst(a, b directory.Email) int {
	if a.Primary != b.Primary {
		if a.Primary {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.ID, b.ID)
}

// identify adds identities to those of users, who come by id, who have some.
func (r *reader) identify(users []directory.User, whom []directory.UserID) error {
	if len(whom) == 0 {
		return nil
	}
	return r.each("identity", func(from row) error {
		i, err := scanIdentity(from)
		if at, found := slices.BinarySearchFunc(users, i.User, byID); found {
			users[at].Identities = append(users[at].Identities, i)
		}
		return err
	}, `SELECT user_id, provider, extern_uid FROM identities WHERE user_id `+r.engine.In("$1")+` ORDER BY user_id, provider`,
		r.engine.List(numbers(whom)))
}
