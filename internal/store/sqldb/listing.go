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
		if page.Total, err = r.count(s, by); err != nil {
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
	return list(r, "user", identifier[directory.UserID], from+c.where()+` LIMIT `+c.bind(few+1), c.args...)
}

func (r *reader) count(s selection, by narrowing) (int, error) {
	c := &clauses{engine: r.engine}
	from := `SELECT count(*) FROM (` + s.listed(c, by) + `) d`
	s.require(c, "d.id", by)
	return one(r, "user", number, from+c.where(), c.args...)
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

func (r *reader) UsersByID(ids []directory.UserID) ([]directory.User, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	users, err := r.people(`users u WHERE u.id `+r.engine.In("$1")+` ORDER BY u.id`, r.engine.List(numbers(ids)))
	if err != nil {
		return nil, err
	}
	return inOrder(users, ids), nil
}

// inOrder lists people, who come by id, as ids lists them.
func inOrder(users []directory.User, ids []directory.UserID) []directory.User {
	byID := func(u directory.User, id directory.UserID) int { return cmp.Compare(u.ID, id) }
	ordered := make([]directory.User, 0, len(ids))
	for _, id := range ids {
		if at, found := slices.BinarySearchFunc(users, id, byID); found {
			ordered = append(ordered, users[at])
		}
	}
	return ordered
}

// people lists users whole, in three queries however many there are.
func (r *reader) people(from string, args ...any) ([]directory.User, error) {
	users, err := list(r, "user", scanUser, `SELECT `+userColumns+` FROM `+from, args...)
	if err != nil || len(users) == 0 {
		return users, err
	}
	at := make(map[directory.UserID]*directory.User, len(users))
	ids := make([]int64, len(users))
	for i := range users {
		at[users[i].ID] = &users[i]
		ids[i] = int64(users[i].ID)
	}
	in := r.engine.In("$1")
	all := r.engine.List(ids)
	err = r.each("email", func(from row) error {
		e, err := scanEmail(from)
		if u := at[e.User]; u != nil {
			u.Emails = append(u.Emails, e)
		}
		return err
	}, `SELECT `+emailColumns+` FROM emails e WHERE e.user_id `+in+` ORDER BY e.user_id, e.is_primary DESC, e.id`, all)
	if err != nil {
		return nil, err
	}
	return users, r.each("identity", func(from row) error {
		i, err := scanIdentity(from)
		if u := at[i.User]; u != nil {
			u.Identities = append(u.Identities, i)
		}
		return err
	}, `SELECT user_id, provider, extern_uid FROM identities WHERE user_id `+in+` ORDER BY user_id, provider`, all)
}
