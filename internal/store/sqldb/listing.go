package sqldb

import (
	"math"
	"strconv"
	"strings"

	"roster.example/roster/internal/directory"
)

// clauses gathers conditions with their arguments.
type clauses struct {
	engine Engine
	terms  []string
	args   []any
}

// bind adds an argument and returns its placeholder.
func (c *clauses) bind(value any) string {
	c.args = append(c.args, value)
	return "$" + strconv.Itoa(len(c.args))
}

func (c *clauses) in(values []int64) string { return c.engine.In(c.bind(c.engine.List(values))) }

func (c *clauses) add(term string) { c.terms = append(c.terms, term) }

func (c *clauses) where() string {
	if len(c.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.terms, " AND ")
}

func (r *reader) Users(filter directory.UserFilter, sight directory.Sight) (directory.Page[directory.User], error) {
	var page directory.Page[directory.User]
	c := selection(r.engine, filter, sight)
	var err error
	if page.Total, err = one(r, "user", number, `SELECT count(*) FROM users u`+c.where(), c.args...); err != nil {
		return page, err
	}
	limit := int64(filter.Limit)
	if limit <= 0 {
		limit = math.MaxInt64
	}
	page.Items, err = r.people(`users u`+c.where()+` ORDER BY u.id LIMIT `+c.bind(limit)+` OFFSET `+c.bind(max(filter.Offset, 0)), c.args...)
	return page, err
}

func selection(engine Engine, filter directory.UserFilter, sight directory.Sight) *clauses {
	c := &clauses{engine: engine}
	if !sight.All {
		c.add(`(u.id = ` + c.bind(sight.Self) + ` OR EXISTS (SELECT 1 FROM members m
			WHERE m.user_id = u.id AND m.organization_id ` + c.in(numbers(sight.Orgs)) + `))`)
	}
	if filter.Org != 0 {
		c.add(`EXISTS (SELECT 1 FROM members m WHERE m.user_id = u.id AND m.organization_id = ` + c.bind(filter.Org) + `)`)
	}
	if filter.State != "" {
		c.add(`u.state = ` + c.bind(string(filter.State)))
	}
	if filter.Search != "" {
		part := c.bind(containing(filter.Search))
		c.add(`(u.name_key LIKE ` + part + ` ESCAPE '\' OR u.username_key LIKE ` + part + ` ESCAPE '\' OR EXISTS
			(SELECT 1 FROM emails e WHERE e.user_id = u.id AND e.address_key LIKE ` + part + ` ESCAPE '\'))`)
	}
	return c
}

// containing is the LIKE pattern of all folded text with part in it.
func containing(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(directory.Fold(part)) + "%"
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
