package sqldb

import (
	"strings"
	"time"

	"roster.example/roster/internal/filter"
	"roster.example/roster/internal/model"
)

// condition returns a condition on the user w in parentheses. Secondary addresses match only if the
// actor can see them. For an actor that cannot see all users, a condition on the organization matches
// only organizations in which the actor sees the members.
func (s selection) condition(c *clauses, on *filter.Condition) string {
	switch on.Op {
	case filter.And, filter.Or:
		return `(` + s.condition(c, on.Left) + ` ` + strings.ToUpper(string(on.Op)) + ` ` + s.condition(c, on.Right) + `)`
	case filter.Not:
		return `(NOT ` + s.condition(c, on.Left) + `)`
	}
	switch on.Field {
	case filter.FieldState:
		return inState(on)
	case filter.FieldEmail:
		is := comparedAddress(c, *on)
		if s.visibility.PublicOnly {
			is += ` AND e.is_primary`
		}
		// Each half has an index of its own.
		return has(on, `w.id`, `(SELECT e.user_id FROM emails e WHERE NOT e.invited AND `+is+
			` UNION ALL SELECT e.user_id FROM emails e WHERE e.invited AND `+is+`)`)
	case filter.FieldOrganization:
		among := `(SELECT m.user_id FROM members m WHERE ` + compared(c, `m.organization_id`, *on)
		if !s.visibility.All {
			among += ` AND m.organization_id ` + c.in(int64s(s.visibility.Orgs))
		}
		return has(on, `w.id`, among+`)`)
	case filter.FieldProject:
		of := `a.user_id = w.id AND ` + compared(c, `a.project_id`, *on)
		if !s.visibility.All {
			of += ` AND EXISTS (SELECT 1 FROM projects p WHERE p.id = a.project_id AND p.organization_id ` + c.in(int64s(s.visibility.Projects)) + `)`
		}
		return exists(on, `assignments a WHERE `+of)
	case filter.FieldFactor:
		return exists(on, `authenticators a WHERE a.user_id = w.id AND `+compared(c, `a.kind`, *on))
	case filter.FieldKeyType:
		return exists(on, `ssh_keys k WHERE k.user_id = w.id AND `+compared(c, `k.type`, *on))
	}
	return `(` + compared(c, columnOf[on.Field], *on) + `)`
}

// comparedAddress also compares parts of an address with the form in the script of its domain.
func comparedAddress(c *clauses, on filter.Condition) string {
	is := compared(c, `e.address_key`, on)
	switch on.Op {
	case filter.Contains, filter.Starts, filter.Ends:
		return `(` + is + ` OR ` + compared(c, `e.address_text`, on) + `)`
	}
	return is
}

// columnOf returns the column of a field with one value per user.
var columnOf = map[filter.Field]string{
	filter.FieldID: `w.id`, filter.FieldUID: `w.uid`, filter.FieldName: `w.name_key`,
	filter.FieldUsername: `coalesce(w.username_key, '')`, filter.FieldAdmin: `w.admin`, filter.FieldService: `w.service`,
	filter.FieldPassword: `(w.password_hash <> '')`, filter.FieldCompany: `w.company`,
	filter.FieldCreated: `w.created_at`, filter.FieldUpdated: `w.updated_at`, filter.FieldActivity: `w.last_activity`,
}

// has compares a field with several values: "ne" matches if no value is equal.
func has(on *filter.Condition, id, among string) string {
	if on.Op == filter.Unequal {
		return `(` + id + ` NOT IN ` + among + `)`
	}
	return `(` + id + ` IN ` + among + `)`
}

// exists is has for a field whose rows an index finds by their user.
func exists(on *filter.Condition, rows string) string {
	if on.Op == filter.Unequal {
		return `(NOT EXISTS (SELECT 1 FROM ` + rows + `))`
	}
	return `(EXISTS (SELECT 1 FROM ` + rows + `))`
}

// NarrowQuery returns the query for the users that an index lists for a condition with such a comparison. The
// tests of each engine check its query plan.
func NarrowQuery(engine Engine, where *filter.Condition) Query {
	c := &clauses{engine: engine}
	return Query{narrowQuery(c, where.Narrow()), c.args}
}

// narrowQuery returns a query for the users that an index lists for a comparison: see
// [filter.Condition.Narrow]. Others may be among them; the whole condition is checked for each.
func narrowQuery(c *clauses, on *filter.Condition) string {
	switch on.Field {
	case filter.FieldAdmin:
		return `SELECT id FROM users WHERE admin`
	case filter.FieldState:
		return `SELECT id FROM users WHERE state = ` + c.bind(storedState(on.Value)) + ` AND state <> 'active'`
	case filter.FieldOrganization:
		return `SELECT user_id AS id FROM members WHERE organization_id = ` + c.bind(on.Value)
	case filter.FieldProject:
		return `SELECT user_id AS id FROM assignments WHERE project_id = ` + c.bind(on.Value)
	case filter.FieldFactor:
		return `SELECT DISTINCT a.user_id AS id FROM authenticators a WHERE ` + compared(c, `a.kind`, *on)
	}
	return `SELECT DISTINCT k.user_id AS id FROM ssh_keys k WHERE ` + compared(c, `k.type`, *on)
}

// storedState returns the state that the database has for one of the grammar.
func storedState(value any) string {
	if value == string(model.Invited) {
		return string(model.Invited)
	}
	return string(model.Blocked)
}

// inState distinguishes deactivated users from other blocked ones.
func inState(on *filter.Condition) string {
	is := map[any]string{
		string(model.Active):      `w.state = 'active'`,
		string(model.Invited):     `w.state = 'invited'`,
		string(model.Blocked):     `w.state = 'blocked' AND NOT w.deactivated`,
		string(model.Deactivated): `w.state = 'blocked' AND w.deactivated`,
	}[on.Value]
	if on.Op == filter.Unequal {
		return `(NOT (` + is + `))`
	}
	return `(` + is + `)`
}

var comparators = map[filter.Op]string{
	filter.Equal: ` = `, filter.Unequal: ` <> `, filter.Above: ` > `, filter.AtLeast: ` >= `, filter.Below: ` < `, filter.AtMost: ` <= `,
}

// compared compares one column. For several values, has handles "ne".
func compared(c *clauses, column string, on filter.Condition) string {
	if on.Op == filter.Unequal && manyValued(on.Field) {
		on.Op = filter.Equal
	}
	switch on.Op {
	case filter.Present:
		if _, isTime := on.Value.(time.Time); isTime || timed(on.Field) {
			return column + ` <> 0`
		}
		return column + ` <> ''`
	case filter.Contains:
		return like(c, column, `%`, on.Value, `%`)
	case filter.Starts:
		return like(c, column, ``, on.Value, `%`)
	case filter.Ends:
		return like(c, column, `%`, on.Value, ``)
	}
	return column + comparators[on.Op] + c.bind(sqlValue(on.Value))
}

// manyValued reports whether a user can have several values of a field.
func manyValued(f filter.Field) bool {
	switch f {
	case filter.FieldEmail, filter.FieldOrganization, filter.FieldProject, filter.FieldFactor, filter.FieldKeyType:
		return true
	}
	return false
}

func timed(f filter.Field) bool {
	return f == filter.FieldCreated || f == filter.FieldUpdated || f == filter.FieldActivity
}

func sqlValue(v any) any {
	if t, ok := v.(time.Time); ok {
		return toMicros(t)
	}
	return v
}

// like escapes the wildcards of LIKE in the value.
func like(c *clauses, column, before string, value any, after string) string {
	text, _ := value.(string)
	inner := strings.TrimSuffix(strings.TrimPrefix(Containing(text), `%`), `%`)
	return column + ` LIKE CAST(` + c.bind(before+inner+after) + ` AS TEXT) ESCAPE '\'`
}
