package directory

import (
	"slices"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func requireUserVersion(u model.User, version string) error {
	return requireVersion(u.Version(), version)
}

// requireVersion returns a Conflict unless current is one of the versions in expected, which
// are separated by commas; "" is any.
func requireVersion(now, read string) error {
	if read == "" || slices.Contains(strings.Split(read, ","), now) {
		return nil
	}
	return fault.New(fault.Conflict, "this was changed since it was read; read it again and repeat the change", fault.Field{Name: "version", Code: fault.Changed})
}
