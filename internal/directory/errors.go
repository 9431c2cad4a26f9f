package directory

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind says what an error means, so that each API can answer in its own manner.
type Kind int

// The kinds. The zero Kind is Internal: an error that nobody classified is our
// fault and reveals nothing.
const (
	Internal        Kind = iota // our fault; details only in the log
	Invalid                     // can never work as written
	Unauthenticated             // we do not know who asks
	Forbidden                   // we know, and the answer is no
	NotFound                    // absent, or hidden from this actor
	Conflict                    // a name or state is taken
	Expired                     // was good; time or use has run out
	Limited                     // too many tries; RetryAfter says when to return
	Unavailable                 // something we need is down; try later
)

// Kinds lists every Kind; each API tests that it has an answer to all of them.
func Kinds() []Kind {
	return []Kind{Internal, Invalid, Unauthenticated, Forbidden, NotFound, Conflict, Expired, Limited, Unavailable}
}

// String names the kind for logs.
func (k Kind) String() string {
	names := []string{"internal", "invalid", "unauthenticated", "forbidden", "not found", "conflict", "expired", "limited", "unavailable"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind %d", int(k))
}

// Code is the stable reason of a fault: APIs choose their wording by it.
type Code string

// The codes.
const (
	Blank         Code = "blank"          // required and absent
	Malformed     Code = "malformed"      // not of the form that is asked for
	TooShort      Code = "too_short"      // Fault.Limit characters at least
	TooLong       Code = "too_long"       // Fault.Limit characters at most
	TooMany       Code = "too_many"       // Fault.Limit at most
	Taken         Code = "taken"          // somebody has it already
	Reserved      Code = "reserved"       // kept for routes, or for administrators to give
	Unknown       Code = "unknown"        // names nothing that exists
	WrongPassword Code = "wrong_password" // the person exists, the password differs
	NoPassword    Code = "no_password"    // the person has no password to compare
	Inactive      Code = "inactive"       // blocked, or not yet confirmed
	SmallScope    Code = "small_scope"    // the credential was made for less
	NotAdmin      Code = "not_admin"      // only an administrator may
	LastAdmin     Code = "last_admin"     // nobody would be left to administer
	Mismatch      Code = "mismatch"       // does not belong to the address at hand
	Closed        Code = "closed"         // switched off by the administrator
	Weak          Code = "weak"           // too little strength to be let in
	Common        Code = "common"         // a password that everybody guesses
	Required      Code = "required"       // must be done first
	Changed       Code = "changed"        // not the version any more that was read
	TooLate       Code = "too_late"       // after what ends it
	Ambiguous     Code = "ambiguous"      // names several things
)

// Fault is one thing wrong with one field of the input.
type Fault struct {
	Field string // a name of this package's vocabulary: "email", "username", "password", "key", …
	Code  Code
	Limit int // the number that TooShort, TooLong and TooMany speak of
	// Detail says more precisely what is wrong and what to do. It is safe to show and
	// never quotes the input; empty where the code says enough.
	Detail string
}

// Error is how the directory says no.
type Error struct {
	Kind       Kind
	Faults     []Fault       // every fault found, in the order of the form
	Msg        string        // safe to show: lower case, what went wrong and what to do next
	RetryAfter time.Duration // for Limited and Unavailable
	Err        error         // for the log only
}

// Error is for logs and the command line.
func (e *Error) Error() string {
	text := e.Msg
	if text == "" {
		text = e.Kind.String() + describe(e.Faults)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// reasons say of a field what its code means, and what to do.
var reasons = map[Code]string{
	Blank: "must be given", Malformed: "has an invalid form", Taken: "is taken already", Unknown: "is not known here",
	Reserved: "is reserved; choose another", WrongPassword: "is not the right password",
	NoPassword: "has no password to compare", Inactive: "is not active", SmallScope: "is too small", NotAdmin: "is no administrator",
	LastAdmin: "must stay until there is another one", Mismatch: "does not belong to this", Closed: "is not allowed here",
	Weak: "is too weak; choose a stronger one", Common: "is one that everybody guesses; choose another", Required: "must be done first",
	Changed: "has changed since it was read", TooLate: "is later than what makes it is valid", Ambiguous: "names more than one; say which one you mean",
}

// Reason says what is wrong and what to do, as the end of a sentence that begins with
// the field.
func (f Fault) Reason() string {
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
func (f Fault) String() string { return strings.ReplaceAll(f.Field, "_", " ") + " " + f.Reason() }

func describe(faults []Fault) string {
	words := make([]string, 0, len(faults))
	for _, f := range faults {
		words = append(words, f.String())
	}
	if len(words) == 0 {
		return ""
	}
	return ": " + strings.Join(words, ", ")
}

// KindOf classifies err; Internal unless it is or wraps an *Error.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// FaultIn reports whether err complains of field (any field when "") with code.
func FaultIn(err error, field string, code Code) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	for _, f := range e.Faults {
		if f.Code == code && (field == "" || f.Field == field) {
			return true
		}
	}
	return false
}

func fail(kind Kind, msg string, faults ...Fault) *Error {
	return &Error{Kind: kind, Msg: msg, Faults: faults}
}

func invalid(field string, code Code, limit int) *Error {
	return &Error{Kind: Invalid, Faults: []Fault{{Field: field, Code: code, Limit: limit}}}
}

func malformed(field, detail string) *Error {
	return &Error{Kind: Invalid, Faults: []Fault{{Field: field, Code: Malformed, Detail: detail}}}
}

func taken(field string) *Error {
	return &Error{Kind: Conflict, Faults: []Fault{{Field: field, Code: Taken}}}
}

func notFound(what string) *Error {
	return fail(NotFound, what+" not found", Fault{Field: what, Code: Unknown})
}

// Missing is what a store returns for a row that is not there.
func Missing(what string) error { return notFound(what) }

// faults gathers what is wrong with one input, so that all is said at once.
type faults []Fault

func (f *faults) add(field string, code Code, limit int) {
	*f = append(*f, Fault{Field: field, Code: code, Limit: limit})
}

// malformed adds a fault with a detail, which says what is wrong and what is allowed.
func (f *faults) malformed(field, detail string) { f.addWithDetail(field, Malformed, detail) }

// addWithDetail adds a fault with a detail.
func (f *faults) addWithDetail(field string, code Code, detail string) {
	*f = append(*f, Fault{Field: field, Code: code, Detail: detail})
}

// err is a Conflict when nothing but what others have is wrong: the same input
// may do another day.
func (f *faults) err() error {
	if len(*f) == 0 {
		return nil
	}
	kind := Conflict
	if slices.ContainsFunc(*f, func(one Fault) bool { return one.Code != Taken }) {
		kind = Invalid
	}
	return &Error{Kind: kind, Faults: *f}
}

// oneOf lists the values that a field may have, for the detail of a fault.
func oneOf[T ~string](values []T) string {
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
