package directory

import (
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

// Condition is what somebody must be like to be on a list: a comparison, or others
// joined. It is the tree of a filter in SCIM's grammar (RFC 7644, section 3.4.2.2);
// see [ParseCondition].
type Condition struct {
	Op          Op
	Left, Right *Condition // of And, Or; Left alone of Not
	Field       Field      // of comparisons
	Value       any        // string (folded where the field is), int64, bool or time.Time
}

// Op is how a condition joins or compares.
type Op string

// The operators.
const (
	And      Op = "and"
	Or       Op = "or"
	Not      Op = "not"
	Equal    Op = "eq"
	Unequal  Op = "ne"
	Contains Op = "co"
	Starts   Op = "sw"
	Ends     Op = "ew"
	Above    Op = "gt"
	AtLeast  Op = "ge"
	Below    Op = "lt"
	AtMost   Op = "le"
	Present  Op = "pr"
)

// Field is what a condition can be about.
type Field string

// The fields of people. What a person tells of several times, such as addresses, is
// met where one of them meets it.
const (
	FieldID           Field = "id"
	FieldUID          Field = "uid"
	FieldUsername     Field = "username"
	FieldName         Field = "name"
	FieldEmail        Field = "email"
	FieldState        Field = "state"
	FieldAdmin        Field = "admin"
	FieldService      Field = "service"
	FieldPassword     Field = "has_password"
	FieldCompany      Field = "company"
	FieldOrganization Field = "organization_id"
	FieldCreated      Field = "created_at"
	FieldUpdated      Field = "updated_at"
	FieldActivity     Field = "last_activity_at"
)

// Deactivated is, in conditions and where people are shown, the state of somebody
// who is blocked and was put to rest ([User.Deactivated]).
const Deactivated State = "deactivated"

// Shown is the state as people should see it.
func (u User) Shown() State {
	if u.State == Blocked && u.Deactivated {
		return Deactivated
	}
	return u.State
}

// A sort is what values of a field are.
type sort int

const (
	textSort    sort = iota // exact
	foldedSort              // without regard to case
	addressSort             // as [emailaddress.Key] has it
	numberSort
	flagSort
	timeSort
	stateSort
)

// fieldSorts are the sorts of all fields.
var fieldSorts = map[Field]sort{
	FieldID: numberSort, FieldUID: textSort, FieldUsername: foldedSort, FieldName: foldedSort, FieldEmail: addressSort,
	FieldState: stateSort, FieldAdmin: flagSort, FieldService: flagSort, FieldPassword: flagSort, FieldCompany: textSort,
	FieldOrganization: numberSort, FieldCreated: timeSort, FieldUpdated: timeSort, FieldActivity: timeSort,
}

// keptFields are those that others do not see of a person.
var keptFields = []Field{FieldPassword, FieldActivity}

// operators lists what values of a sort can be compared by.
func (s sort) operators() []Op {
	switch s {
	case flagSort, stateSort:
		return []Op{Equal, Unequal}
	case numberSort:
		return []Op{Equal, Unequal, Above, AtLeast, Below, AtMost}
	case timeSort:
		return []Op{Equal, Unequal, Above, AtLeast, Below, AtMost, Present}
	}
	if s == foldedSort || s == addressSort {
		return []Op{Equal, Unequal, Contains, Starts, Ends, Present}
	}
	return []Op{Equal, Unequal, Present} // engines differ in how they compare parts of exact text
}

// value reads a literal of the grammar as a value of the sort.
func (s sort) value(literal any) (any, bool) {
	switch s {
	case numberSort:
		n, ok := literal.(int64)
		return n, ok
	case flagSort:
		b, ok := literal.(bool)
		return b, ok
	}
	text, ok := literal.(string)
	if !ok {
		return nil, false
	}
	switch s {
	case timeSort:
		t, err := time.Parse(time.RFC3339, text)
		return t.UTC(), err == nil
	case stateSort:
		return text, slices.Contains([]State{Active, Blocked, Invited, Deactivated}, State(text))
	case foldedSort:
		return unitext.Fold(text), true
	}
	return text, true
}

// addressValue is what addresses are compared with: the key, or what a part of it or
// of [emailaddress.Text] is.
func addressValue(op Op, text string) string {
	if op == Equal || op == Unequal {
		return emailaddress.Key(text)
	}
	return emailaddress.SearchPart(text)
}

// Unique is the comparison of the condition that at most one person meets, nil if it
// has none: whoever looks for them by it need look at nobody else.
func (c *Condition) Unique() *Condition {
	switch {
	case c == nil:
		return nil
	case c.Op == Equal && slices.Contains([]Field{FieldID, FieldUID, FieldUsername, FieldEmail}, c.Field) && c.Value != "":
		return c
	case c.Op == And:
		if left := c.Left.Unique(); left != nil {
			return left
		}
		return c.Right.Unique()
	}
	return nil
}

// about reports whether the condition speaks of one of fields.
func (c *Condition) about(fields []Field) bool {
	return c != nil && (slices.Contains(fields, c.Field) || c.Left.about(fields) || c.Right.about(fields))
}

// check refuses conditions on what is not shown to those who ask.
func (c *Condition) check(visibility Visibility) error {
	if visibility.PublicOnly && c.about(keptFields) {
		return fault.New(fault.Forbidden, "only administrators filter by "+strings.Join([]string{string(keptFields[0]), string(keptFields[1])}, " or "),
			fault.Field{Name: "filter", Code: fault.NotAdmin})
	}
	return nil
}

// OnlyState is the state that the condition asks for, and the rest of it: lists by
// state come from memory. It is "" and the whole condition where that is not one
// comparison of the state among others that must all be met.
func (c *Condition) OnlyState() (State, *Condition) {
	switch {
	case c.Op == Equal && c.Field == FieldState && (c.Value == string(Active) || c.Value == string(Invited)):
		return State(c.Value.(string)), nil
	case c.Op != And:
		return "", c
	}
	if state, rest := c.Left.OnlyState(); state != "" {
		return state, c.Right.and(rest)
	}
	if state, rest := c.Right.OnlyState(); state != "" {
		return state, c.Left.and(rest)
	}
	return "", c
}

func (c *Condition) and(other *Condition) *Condition {
	if other == nil {
		return c
	}
	return &Condition{Op: And, Left: c, Right: other}
}
