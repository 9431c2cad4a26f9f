// Package filter reads the conditions of user lists in the grammar of SCIM filters (RFC 7644,
// section 3.4.2.2).
package filter

import (
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/unitext"
)

// Condition is a comparison of a field, or other conditions joined. [Parse] returns it.
type Condition struct {
	Op          Op
	Left, Right *Condition // of And, Or; Left alone of Not
	Field       Field      // of comparisons
	Value       any        // string (folded where the field is), int64, bool or time.Time
}

// Op is the operator of a condition.
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

// Field is what a comparison compares.
type Field string

// The fields of users. A field with several values, such as email, matches if one of them does.
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
	FieldProject      Field = "project_id"
	FieldFactor       Field = "second_factor" // the kinds of the authenticators
	FieldKeyType      Field = "ssh_key_type"  // such as "ssh-ed25519"
)

// valueType is the type of the values of a field.
type valueType int

const (
	exactType   valueType = iota // exact
	foldedType                   // without regard to case
	addressType                  // as [emailaddress.Key]
	numberType
	boolType
	timeType
	stateType
	factorType
)

// definition is the type of a field, and whether all readers of a list can filter by it. A condition reveals
// the values of a field even if the list does not show them.
type definition struct {
	valueType
	visibility
}

// visibility is who can filter by a field. The zero value is private.
type visibility int

const (
	private visibility = iota // administrators of the server
	public                    // all readers of the list
)

// definitions are the definitions of all fields.
var definitions = map[Field]definition{
	FieldID: {numberType, public}, FieldUID: {exactType, public}, FieldUsername: {foldedType, public}, FieldName: {foldedType, public},
	FieldEmail: {addressType, public}, FieldState: {stateType, public}, FieldAdmin: {boolType, public}, FieldService: {boolType, public},
	FieldPassword: {boolType, private}, FieldCompany: {exactType, public}, FieldOrganization: {numberType, public},
	FieldCreated: {timeType, public}, FieldUpdated: {timeType, public}, FieldActivity: {timeType, private},
	FieldProject: {numberType, public}, FieldFactor: {factorType, private}, FieldKeyType: {exactType, private},
}

// PrivateFields returns the fields by which only administrators filter, sorted.
func PrivateFields() []Field {
	var fields []Field
	for field, d := range definitions {
		if d.visibility != public {
			fields = append(fields, field)
		}
	}
	slices.Sort(fields)
	return fields
}

// operators returns the operators that the type allows.
func (s valueType) operators() []Op {
	switch s {
	case boolType, stateType:
		return []Op{Equal, Unequal}
	case numberType:
		return []Op{Equal, Unequal, Above, AtLeast, Below, AtMost}
	case timeType:
		return []Op{Equal, Unequal, Above, AtLeast, Below, AtMost, Present}
	}
	if s == foldedType || s == addressType {
		return []Op{Equal, Unequal, Contains, Starts, Ends, Present}
	}
	return []Op{Equal, Unequal, Present} // engines differ in how they compare parts of exact text
}

// value converts a literal of the grammar. It reports false where the literal is of another type.
func (s valueType) value(literal any) (any, bool) {
	switch s {
	case numberType:
		n, ok := literal.(int64)
		return n, ok
	case boolType:
		b, ok := literal.(bool)
		return b, ok
	}
	text, ok := literal.(string)
	if !ok {
		return nil, false
	}
	switch s {
	case timeType:
		t, err := time.Parse(time.RFC3339, text)
		return t.UTC(), err == nil
	case stateType, factorType:
		word := strings.ToLower(text)
		return word, slices.Contains(words[s], word)
	case foldedType:
		return unitext.Fold(text), true
	}
	return text, true
}

// addressValue returns the form in which an address, or part of one, is compared.
func addressValue(op Op, text string) string {
	if op == Equal || op == Unequal {
		return emailaddress.Key(text)
	}
	return emailaddress.SearchPart(text)
}

// Unique returns a comparison that must be met and that at most one user meets, or nil. The list
// then needs to look at this user alone.
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

// HasPrivateField reports whether a comparison of the condition has a field that is not declared public.
func (c *Condition) HasPrivateField() bool {
	if c == nil {
		return false
	}
	if c.Field != "" && definitions[c.Field].visibility != public {
		return true
	}
	return c.Left.HasPrivateField() || c.Right.HasPrivateField()
}

// words are the values of the fields of a type that has few.
var words = map[valueType][]string{
	stateType:  {"active", "blocked", "invited", "deactivated"},
	factorType: {"totp", "passkey"},
}

// narrowFields are fields of which an index lists the users with a value.
var narrowFields = []Field{FieldOrganization, FieldProject, FieldFactor, FieldKeyType, FieldState}

// Narrow returns a comparison that must be met and whose users an index lists, or nil. They are few as a
// rule.
func (c *Condition) Narrow() *Condition {
	switch {
	case c == nil:
		return nil
	case c.Op == Equal && (slices.Contains(narrowFields, c.Field) && c.Value != "active" || c.Field == FieldAdmin && c.Value == true),
		c.Op == Present && (c.Field == FieldFactor || c.Field == FieldKeyType):
		return c
	case c.Op == And:
		if left := c.Left.Narrow(); left != nil {
			return left
		}
		return c.Right.Narrow()
	}
	return nil
}

// OnlyState splits off a comparison with state "active" or "invited" that must be met, because
// lists by state are cached. It returns the state and the rest of the condition, or "" and the whole
// condition.
func (c *Condition) OnlyState() (string, *Condition) {
	switch {
	case c.Op == Equal && c.Field == FieldState && (c.Value == "active" || c.Value == "invited"):
		return c.Value.(string), nil
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
