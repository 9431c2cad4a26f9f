package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"roster.example/roster/internal/fault"
)

func TestKindOfAWrappedErrorIsItsKind(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("reading: %w", fault.Missing("user"))
	if fault.KindOf(err) != fault.NotFound || !fault.Has(err, "user", fault.Unknown) || fault.Has(err, "email", fault.Unknown) {
		t.Errorf("got %v", err)
	}
	if kind := fault.KindOf(errors.New("disk full")); kind != fault.Internal {
		t.Errorf("an error without a kind is %s", kind)
	}
}

func TestEveryKindHasAName(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, kind := range fault.Kinds() {
		if name := kind.String(); int(kind) != i || seen[name] || name == fmt.Sprintf("kind %d", i) {
			t.Errorf("kind %d is %q", i, name)
		}
		seen[kind.String()] = true
	}
}

// The same input can succeed later if others have its values, and never if it is malformed.
func TestListOfTakenValuesIsAConflict(t *testing.T) {
	t.Parallel()
	var list fault.List
	if err := list.Err(); err != nil {
		t.Errorf("an empty list is %v", err)
	}
	list.Add("username", fault.Taken, 0)
	if err := list.Err(); fault.KindOf(err) != fault.Conflict {
		t.Errorf("got %v", err)
	}
	list.AddMalformed("email", "it needs one '@'")
	if err := list.Err(); fault.KindOf(err) != fault.Invalid || !fault.Has(err, "", fault.Taken) {
		t.Errorf("got %v", err)
	}
}

func TestFieldSaysWhatIsWrongAndWhatToDo(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]fault.Field{
		"given name is too long: at most 255 characters": {Name: "given_name", Code: fault.TooLong, Limit: 255},
		"email cannot be used: it needs one '@'":         {Name: "email", Code: fault.Malformed, Detail: "it needs one '@'"},
		"username is reserved; choose another":           {Name: "username", Code: fault.Reserved},
	} {
		if got := f.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := fault.OneOf([]string{"a", "", "b", "c"}); got != "a, b or c" {
		t.Errorf("got %q", got)
	}
}
