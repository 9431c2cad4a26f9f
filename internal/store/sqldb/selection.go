package sqldb

import (
	"slices"
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

// fixed is bind for a number that says nothing of how best to carry the query out:
// where a LIMIT or a LIKE is a mere placeholder, SQLite looks at its value, and
// plans the statement anew whenever it is carried out.
func (c *clauses) fixed(n int64) string { return `CAST(` + c.bind(n) + ` AS BIGINT)` }

func (c *clauses) in(values []int64) string { return c.engine.In(c.bind(c.engine.List(values))) }

func (c *clauses) add(term string) { c.terms = append(c.terms, term) }

func (c *clauses) where() string {
	if len(c.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.terms, " AND ")
}

// selection is whom a list shows.
type selection struct {
	filter directory.UserFilter
	sight  directory.Sight
	part   string // what is searched for, as the table search has it
}

// narrowing is one of the ways by which a selection says who does not belong.
type narrowing int

const (
	byNothing narrowing = iota
	byUnique            // a comparison that at most one person meets
	bySearch
	byOrg
	byState
	bySight
	byWhere   // any other condition
	byShallow // of who is found by search: whether by what is shown
)

// narrowings are those at work, the one first that leaves the fewest as a rule.
func (s selection) narrowings() []narrowing {
	var all []narrowing
	for by, works := range map[narrowing]bool{
		byUnique: s.filter.Where.Unique() != nil, byWhere: s.filter.Where != nil,
		byShallow: s.part != "" && s.sight.Shallow,
		bySearch:  s.part != "", byOrg: s.filter.Org != 0, byState: s.filter.State != "", bySight: !s.sight.All,
	} {
		if works {
			all = append(all, by)
		}
	}
	slices.Sort(all)
	return all
}

// source is the narrowing whose people can be listed without looking at all.
func (s selection) source() narrowing {
	for _, by := range s.narrowings() {
		active := by == byState && s.filter.State == directory.Active // nearly all are
		if !active && by != byWhere && by != byShallow {
			return by
		}
	}
	return byNothing
}

// listed is a query for the ids of all who pass one narrowing.
func (s selection) listed(c *clauses, by narrowing) string {
	switch by {
	case byUnique:
		return `SELECT w.id FROM users w WHERE ` + s.condition(c, s.filter.Where.Unique())
	case bySearch:
		return c.engine.Find(s.part, c.bind)
	case byOrg:
		return `SELECT user_id AS id FROM members WHERE organization_id = ` + c.bind(s.filter.Org)
	case byState:
		return `SELECT id FROM users WHERE state = ` + c.bind(string(s.filter.State)) + ` AND state <> 'active'`
	case bySight:
		return `SELECT id FROM users WHERE id = ` + c.bind(s.sight.Self) +
			` UNION SELECT user_id FROM members WHERE organization_id ` + c.in(numbers(s.sight.Orgs))
	}
	return `SELECT id FROM users`
}

// require adds the conditions of all narrowings but one on the person whose id is
// in the column id.
func (s selection) require(c *clauses, id string, but narrowing) {
	for _, by := range s.narrowings() {
		if by != but {
			c.add(s.passes(c, id, by))
		}
	}
}

func (s selection) passes(c *clauses, id string, by narrowing) string {
	switch by {
	case byUnique:
		return `EXISTS (SELECT 1 FROM users w WHERE w.id = ` + id + ` AND ` + s.condition(c, s.filter.Where.Unique()) + `)`
	case byWhere:
		return `EXISTS (SELECT 1 FROM users w WHERE w.id = ` + id + ` AND ` + s.condition(c, s.filter.Where) + `)`
	case byShallow:
		part := ` LIKE CAST(` + c.bind(Containing(s.part)) + ` AS TEXT) ESCAPE '\'`
		return `EXISTS (SELECT 1 FROM users w LEFT JOIN emails e ON e.user_id = w.id AND e.is_primary WHERE w.id = ` + id +
			` AND (w.name_key` + part + ` OR w.username_key` + part + ` OR e.address_key` + part + ` OR e.address_text` + part + `))`
	case bySearch:
		return `EXISTS (SELECT 1 FROM search t WHERE t.user_id = ` + id + ` AND t.text LIKE CAST(` + c.bind(Containing(s.part)) + ` AS TEXT) ESCAPE '\')`
	case byOrg:
		return `EXISTS (SELECT 1 FROM members m WHERE m.user_id = ` + id + ` AND m.organization_id = ` + c.bind(s.filter.Org) + `)`
	case byState:
		return `EXISTS (SELECT 1 FROM users s WHERE s.id = ` + id + ` AND s.state = ` + c.bind(string(s.filter.State)) + `)`
	}
	return `(` + id + ` = ` + c.bind(s.sight.Self) + ` OR EXISTS (SELECT 1 FROM members m
		WHERE m.user_id = ` + id + ` AND m.organization_id ` + c.in(numbers(s.sight.Orgs)) + `))`
}

// Containing is the LIKE pattern, with \ as escape, of all text with part in it.
func Containing(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(part) + "%"
}
