package sqldb

import (
	"math"

	"roster.example/roster/internal/model"
)

// Query is a query with its arguments.
type Query struct {
	Text string
	Args []any
}

// ListQueries returns the queries for the ids of a sorted list. They run one after the other until
// there are enough ids. The tests of each engine check their query plans.
func ListQueries(engine Engine, filter model.UserFilter, visibility model.Visibility) []Query {
	s := selection{filter: filter, visibility: visibility, part: searchable(filter.Search)}
	return keysetQuery(engine, filter, func(c *clauses) { s.require(c, "u.id", byNone) })
}

// keysetQuery returns the queries for the ids of the users u that match require, in the order of the
// filter, after its cursor and limited to its size. If several users have equal sort keys, a cursor
// needs two queries: one for the users with the same key and a greater id, and one for those with a
// greater key. SQLite cannot find such a position in an index with one comparison.
func keysetQuery(engine Engine, filter model.UserFilter, require func(*clauses)) []Query {
	var all []Query
	for _, p := range positions(filter) {
		c := &clauses{engine: engine}
		require(c)
		p.beyond(c)
		all = append(all, Query{`SELECT u.id FROM users u` + c.where() + ` ORDER BY ` + p.sorting + c.size(filter), c.args})
	}
	return all
}

// sortedBy returns the expression that a list is sorted by before the id, as in the indexes; "" for
// none.
func sortedBy(order model.Order) string {
	switch order {
	case model.ByName:
		return `u.name_key`
	case model.ByUsername:
		return `coalesce(u.username_key, '')`
	case model.ByCreated:
		return `u.created_at`
	}
	return ""
}

func (c *clauses) size(filter model.UserFilter) string {
	limit, offset := int64(filter.Limit), max(filter.Offset, 0)
	if limit <= 0 {
		limit = math.MaxInt64
	}
	if filter.After != nil {
		offset = 0
	}
	return ` LIMIT ` + c.fixed(limit) + ` OFFSET ` + c.fixed(int64(offset))
}

// position is where a query continues, and the order of its users.
type position struct {
	beyond  func(*clauses)
	sorting string
}

func positions(filter model.UserFilter) []position {
	by, way, sign := sortedBy(filter.Order), ``, ` > `
	if filter.Descending {
		way, sign = ` DESC`, ` < `
	}
	byID := `u.id` + way
	sorting := byID
	if by != "" {
		sorting = by + way + `, ` + byID
	}
	if filter.After == nil {
		return []position{{func(*clauses) {}, sorting}}
	}
	further := func(c *clauses) { c.add(`u.id` + sign + c.bind(filter.After.ID)) }
	if by == "" {
		return []position{{further, byID}}
	}
	value := sortValue(*filter.After)
	return []position{
		{func(c *clauses) { c.add(by + ` = ` + c.bind(value)); further(c) }, byID},
		{func(c *clauses) { c.add(by + sign + c.bind(value)) }, sorting},
	}
}

func sortValue(after model.Cursor) any {
	if after.Order == model.ByCreated {
		return toMicros(after.At)
	}
	return after.Text
}

// run runs queries until there are limit ids; 0 means all.
func (r *reader) run(queries []Query, limit int) ([]model.UserID, error) {
	var all []model.UserID
	for _, q := range queries {
		ids, err := list(r, "user", scanID[model.UserID], q.Text, q.Args...)
		if err != nil {
			return nil, err
		}
		all = append(all, ids...)
		if limit > 0 && len(all) >= limit {
			return all[:limit], nil
		}
	}
	return all, nil
}
