package directory

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/fault"
)

// Version names the state of a person's record: it differs when anything of it
// does, but for when they were active last, and is the same on every node.
func (u User) Version() string {
	u.LastActivity = time.Time{}
	return versionOf(u)
}

// Version names the state of an organization.
func (o Organization) Version() string { return versionOf(o) }

// Version names the state of a role, but for whether it is the default, which is the
// organization's.
func (r Role) Version() string {
	r.Default = false
	return versionOf(r)
}

// Version names the state of a project.
func (p Project) Version() string { return versionOf(p) }

// versionOf goes by %+v and not by a list of fields, so that no field is forgotten.
// Times have one form: stores keep them in UTC, to the microsecond.
func versionOf(v any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", v))
	return hex.EncodeToString(sum[:12])
}

func (u User) requireVersion(version string) error { return requireVersion(u.Version(), version) }

// unchanged returns an error unless what is now has the version that was read, or
// one of several with commas between; "" stands for any.
func requireVersion(now, read string) error {
	if read == "" || slices.Contains(strings.Split(read, ","), now) {
		return nil
	}
	return fault.New(fault.Conflict, "somebody changed this since it was read; read it again and decide anew", fault.Field{Name: "version", Code: fault.Changed})
}
