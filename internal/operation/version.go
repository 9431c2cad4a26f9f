package operation

import (
	"slices"
	"strings"

	"roster.example/roster/internal/fault"
)

// RequireVersion returns a Conflict unless current is one of the versions in expected, which
// are separated by commas; "" is any.
func RequireVersion(current, expected string) error {
	if expected == "" || slices.Contains(strings.Split(expected, ","), current) {
		return nil
	}
	return fault.New(fault.Conflict, "this was changed since it was read; read it again and repeat the change", fault.Field{Name: "version", Code: fault.Changed})
}
