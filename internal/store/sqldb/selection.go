package sqldb

import (
	"slices"
	"strconv"
	"strings"

	"roster.example/roster/internal/model"
)

// clauses collects conditions and their arguments.
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

// fixed is bind for a number that must not affect the query plan: SQLite inspects the value of a
// plain placeholder in LIMIT or LIKE, and plans the statement again at each execution.
func (c *clauses) fixed(n int64) string { return `CAST(` + c.bind(n) + ` AS BIGINT)` }

func (c *clauses) in(values []int64) string { return c.engine.In(c.bind(c.engine.List(values))) }

func (c *clauses) add(term string) { c.terms = append(c.terms, term) }

func (c *clauses) where() string {
	if len(c.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.terms, " AND ")
}

// selection selects the users of a list.
type selection struct {
	filter     model.UserFilter
	visibility model.Visibility
	part       string // search text, in the form of the table search
}

// predicate is one of the conditions of a selection.
type predicate int

const (
	byNone   predicate = iota
	byUnique           // a comparison that at most one user meets
	bySearch
	byNarrow // a comparison whose users an index lists
	byOrg
	byState
	byVisibility
	byWhere       // any other condition
	byPublicField // of users found by search: a public field matches
)

// predicates returns the conditions that apply, the most selective one first as a rule.
func (s selection) predicates() []predicate {
	var all []predicate
	for by, works := range map[predicate]bool{
		byUnique: s.filter.Where.Unique() != nil, byWhere: s.filter.Where != nil, byNarrow: s.filter.Where.Narrow() != nil,
		byPublicField: s.part != "" && s.visibility.PublicOnly,
		bySearch:      s.part != "", byOrg: s.filter.Org != 0 || s.filter.Role != 0, byState: s.filter.State != "", byVisibility: !s.visibility.All,
	} {
		if works {
			all = append(all, by)
		}
	}
	slices.Sort(all)
	return all
}

// source returns the predicate whose users can be listed by an index.
func (s selection) source() predicate {
	for _, by := range s.predicates() {
		active := by == byState && s.filter.State == model.Active // nearly all users are
		if !active && by != byWhere && by != byPublicField {
			return by
		}
	}
	return byNone
}

// indexedQuery returns a query for the ids of all users that meet one predicate.
func (s selection) indexedQuery(c *clauses, by predicate) string {
	switch by {
	case byUnique:
		return `SELECT w.id FROM users w WHERE ` + s.condition(c, s.filter.Where.Unique())
	case bySearch:
		return c.engine.Find(s.part, c.bind)
	case byOrg:
		if s.filter.Org != 0 {
			return `SELECT m.user_id AS id FROM members m WHERE ` + s.membership(c)
		}
		return `SELECT DISTINCT m.user_id AS id FROM members m WHERE ` + s.membership(c)
	case byNarrow:
		return narrowQuery(c, s.filter.Where.Narrow())
	case byState:
		return `SELECT id FROM users WHERE state = ` + c.bind(string(s.filter.State)) + ` AND state <> 'active'`
	case byVisibility:
		return `SELECT id FROM users WHERE id = ` + c.bind(s.visibility.Self) +
			` UNION SELECT user_id FROM members WHERE organization_id ` + c.in(int64s(s.visibility.Orgs))
	}
	return `SELECT id FROM users`
}

// require adds the conditions of all predicates but one. The column id holds the user.
func (s selection) require(c *clauses, id string, but predicate) {
	for _, by := range s.predicates() {
		if by != but && by != byNarrow { // byWhere contains it
			c.add(s.passes(c, id, by))
		}
	}
}

func (s selection) passes(c *clauses, id string, by predicate) string {
	switch by {
	case byUnique:
		return `EXISTS (SELECT 1 FROM users w WHERE w.id = ` + id + ` AND ` + s.condition(c, s.filter.Where.Unique()) + `)`
	case byWhere:
		return `EXISTS (SELECT 1 FROM users w WHERE w.id = ` + id + ` AND ` + s.condition(c, s.filter.Where) + `)`
	case byPublicField:
		part := ` LIKE CAST(` + c.bind(Containing(s.part)) + ` AS TEXT) ESCAPE '\'`
		return `EXISTS (SELECT 1 FROM users w LEFT JOIN emails e ON e.user_id = w.id AND e.is_primary WHERE w.id = ` + id +
			` AND (w.name_key` + part + ` OR w.username_key` + part + ` OR e.address_key` + part + ` OR e.address_text` + part + `))`
	case bySearch:
		return `EXISTS (SELECT 1 FROM search t WHERE t.user_id = ` + id + ` AND t.text LIKE CAST(` + c.bind(Containing(s.part)) + ` AS TEXT) ESCAPE '\')`
	case byOrg:
		return `EXISTS (SELECT 1 FROM members m WHERE m.user_id = ` + id + ` AND ` + s.membership(c) + `)`
	case byState:
		return `EXISTS (SELECT 1 FROM users s WHERE s.id = ` + id + ` AND s.state = ` + c.bind(string(s.filter.State)) + `)`
	}
	return `(` + id + ` = ` + c.bind(s.visibility.Self) + ` OR EXISTS (SELECT 1 FROM members m
		WHERE m.user_id = ` + id + ` AND m.organization_id ` + c.in(int64s(s.visibility.Orgs)) + `))`
}

// RoleQuery returns the query for the users with a role in any organization, for tests of its plan.
func RoleQuery(engine Engine, role model.RoleID) Query {
	c := &clauses{engine: engine}
	s := selection{filter: model.UserFilter{Role: role}, visibility: model.Visibility{All: true}}
	return Query{s.indexedQuery(c, byOrg), c.args}
}

// membership returns the condition on the membership m of the filter's organization and role. A role of an
// organization that the actor cannot see does not count.
func (s selection) membership(c *clauses) string {
	var terms []string
	if s.filter.Org != 0 {
		terms = append(terms, `m.organization_id = `+c.bind(s.filter.Org))
	} else if !s.visibility.All {
		terms = append(terms, `m.organization_id `+c.in(int64s(s.visibility.Orgs)))
	}
	if s.filter.Role != 0 {
		terms = append(terms, `m.role_id = `+c.bind(s.filter.Role))
	}
	return strings.Join(terms, ` AND `)
}

// Containing returns the LIKE pattern, with \ as escape, for text that contains part.
func Containing(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(part) + "%"
}
