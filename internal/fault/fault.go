// Package fault is the error type of Roster's rules: a kind for programs, a message that is
// safe to show, and codes for the fields of the input.
//
// Every API translates the kinds and codes into the status numbers and texts of its product.
package fault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind is the class of an error. Each API maps every kind to a response.
type Kind int

// The kinds. Internal is zero, so that an error without a kind reveals nothing.
const (
	Internal        Kind = iota // a defect or a failure of the server; details only in the log
	Invalid                     // the input can never work as written
	Unauthenticated             // no valid credential
	Forbidden                   // the actor is known and lacks the permission
	NotFound                    // absent, or not visible to the actor
	Conflict                    // a name or state is taken
	Expired                     // was valid until its time or its uses ended
	Limited                     // too many attempts; RetryAfter is the wait
	Unavailable                 // a dependency is down; the caller can try again
)

// Kinds lists every Kind, for tests of the mappings.
func Kinds() []Kind {
	return []Kind{Internal, Invalid, Unauthenticated, Forbidden, NotFound, Conflict, Expired, Limited, Unavailable}
}

// String returns the kind's name for the log.
func (k Kind) String() string {
	names := []string{"internal", "invalid", "unauthenticated", "forbidden", "not found", "conflict", "expired", "limited", "unavailable"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind %d", int(k))
}

// Code is the stable, machine-readable reason of a fault. APIs choose their texts by it.
type Code string

// The codes.
const (
	Blank         Code = "blank"          // required and absent
	Malformed     Code = "malformed"      // not of the required form
	TooShort      Code = "too_short"      // fewer than Field.Limit characters
	TooLong       Code = "too_long"       // more than Field.Limit characters
	TooMany       Code = "too_many"       // more than Field.Limit items
	Taken         Code = "taken"          // another record has this value
	Reserved      Code = "reserved"       // kept for routes, or for administrators to assign
	Unknown       Code = "unknown"        // names nothing that exists
	WrongPassword Code = "wrong_password" // the user exists, the password differs
	WrongCode     Code = "wrong_code"     // a second factor that does not match
	NoPassword    Code = "no_password"    // the user has no password
	Inactive      Code = "inactive"       // blocked, or not yet confirmed
	SmallScope    Code = "small_scope"    // the credential's scope does not include this
	NotAdmin      Code = "not_admin"      // requires an administrator
	LastAdmin     Code = "last_admin"     // would leave no administrator
	Mismatch      Code = "mismatch"       // does not belong to the other values
	Closed        Code = "closed"         // switched off in the settings
	Weak          Code = "weak"           // not strong enough
	Common        Code = "common"         // a password that is easy to guess
	Required      Code = "required"       // must be done first
	Changed       Code = "changed"        // no longer the version that was read
	TooLate       Code = "too_late"       // after the end of what it depends on
	Ambiguous     Code = "ambiguous"      // matches several things
)

// Field is one fault of one field of the input.
type Field struct {
	Name  string // as the directory names it: "email", "username", "password", "key", …
	Code  Code
	Limit int // for TooShort, TooLong and TooMany
	// Detail says precisely what is wrong and what to do. It is safe to show and
	// never quotes the input. It is empty where the code says enough.
	Detail string
	Text   *Text // of Detail; nil if it contains no values
}

// Error is the error of a rejected operation.
type Error struct {
	Kind       Kind
	Fields     []Field       // all faults, in the order of the input
	Msg        string        // safe to show: lower case, what went wrong and what to do next
	Text       *Text         // of Msg; nil if it contains no values
	RetryAfter time.Duration // for Limited and Unavailable
	Err        error         // for the log only
}

// Error returns the text for the log and the command line.
func (e *Error) Error() string {
	text := e.Msg
	if text == "" {
		text = e.Kind.String() + describe(e.Fields)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// reasons are the texts of the codes, with what to do.
var reasons = map[Code]string{
	Blank: "must be given", Malformed: "has an invalid form", Taken: "is taken already", Unknown: "is not known here",
	Reserved: "is reserved; choose another", WrongPassword: "is not the right password",
	WrongCode: "is not a valid code", NoPassword: "has no password to compare", Inactive: "is not active", SmallScope: "needs a credential with more scopes", NotAdmin: "is no administrator",
	LastAdmin: "must stay until there is another one", Mismatch: "does not belong to this", Closed: "is not allowed here",
	Weak: "is too weak; choose a stronger one", Common: "is commonly used; choose another", Required: "must be done first",
	Changed: "has changed since it was read", TooLate: "is later than what makes it is valid", Ambiguous: "names more than one; say which one you mean",
}

// Reason returns the end of a sentence that begins with the field: what is wrong and what
// to do.
func (f Field) Reason() string {
	switch {
	case f.Detail != "" && f.Code == Unknown:
		return reasons[Unknown] + ": " + f.Detail
	case f.Detail != "":
		return "cannot be used: " + f.Detail
	}
	switch f.Code {
	case TooShort:
		return fmt.Sprintf("is too short: at least %d characters", f.Limit)
	case TooLong:
		return fmt.Sprintf("is too long: at most %d characters", f.Limit)
	case TooMany:
		return fmt.Sprintf("is one too many: at most %d", f.Limit)
	}
	return reasons[f.Code]
}

// String is for instance "given name is too long: at most 255 characters".
func (f Field) String() string { return strings.ReplaceAll(f.Name, "_", " ") + " " + f.Reason() }

func describe(faults []Field) string {
	words := make([]string, 0, len(faults))
	for _, f := range faults {
		words = append(words, f.String())
	}
	if len(words) == 0 {
		return ""
	}
	return ": " + strings.Join(words, ", ")
}

// KindOf returns the kind of err if it is or wraps an *Error. An error of a context is Unavailable: the
// time of the request has passed, or its client has left. Any other error is Internal.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return Unavailable
	}
	return Internal
}

// Has reports whether err has a fault of field with code. An empty field matches any.
func Has(err error, field string, code Code) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	for _, f := range e.Fields {
		if f.Code == code && (field == "" || f.Name == field) {
			return true
		}
	}
	return false
}

// New returns an error with a message that is safe to show.
func New(kind Kind, msg string, fields ...Field) *Error {
	return &Error{Kind: kind, Msg: msg, Fields: fields}
}

// InvalidField returns an Invalid error of one field.
func InvalidField(name string, code Code, limit int) *Error {
	return &Error{Kind: Invalid, Fields: []Field{{Name: name, Code: code, Limit: limit}}}
}

// MalformedField returns an Invalid error of one field, with a detail.
func MalformedField(name, detail string) *Error {
	return &Error{Kind: Invalid, Fields: []Field{{Name: name, Code: Malformed, Detail: detail}}}
}

// TakenField returns a Conflict error of one field.
func TakenField(name string) *Error {
	return &Error{Kind: Conflict, Fields: []Field{{Name: name, Code: Taken}}}
}

// Missing returns the NotFound error of a record, such as "user". Stores return it for a
// row that does not exist.
func Missing(what string) *Error {
	return New(NotFound, what+" not found", Field{Name: what, Code: Unknown})
}

// List collects the faults of one input, so that one error reports all of them.
type List []Field

// Add appends a fault.
func (l *List) Add(name string, code Code, limit int) {
	*l = append(*l, Field{Name: name, Code: code, Limit: limit})
}

// AddMalformed appends a fault with code Malformed and a detail.
func (l *List) AddMalformed(name, detail string) { l.AddDetail(name, Malformed, detail) }

// AddDetail appends a fault with a detail.
func (l *List) AddDetail(name string, code Code, detail string) {
	*l = append(*l, Field{Name: name, Code: code, Detail: detail})
}

// Err returns nil for an empty list. The kind is Conflict if every fault is Taken, since the
// same input can succeed later, and Invalid otherwise.
func (l *List) Err() error {
	if len(*l) == 0 {
		return nil
	}
	kind := Conflict
	if slices.ContainsFunc(*l, func(f Field) bool { return f.Code != Taken }) {
		kind = Invalid
	}
	return &Error{Kind: kind, Fields: *l}
}

// OneOf joins the values that a field may have, for a detail: "a, b or c".
func OneOf[T ~string](values []T) string {
	words := make([]string, 0, len(values))
	for _, v := range values {
		if v != "" {
			words = append(words, string(v))
		}
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// IgnoreNotFound returns nil for NotFound, and err otherwise.
func IgnoreNotFound(err error) error {
	if KindOf(err) == NotFound {
		return nil
	}
	return err
}
