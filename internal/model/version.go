package model

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Version identifies the state of a user, without the last activity. It is the same on every
// node.
func (u User) Version() string {
	u.LastActivity = time.Time{}
	return versionOf(u)
}

// Version identifies the state of the organization.
func (o Organization) Version() string { return versionOf(o) }

// Version identifies the state of the role, without Default, which belongs to the
// organization.
func (r Role) Version() string {
	r.Default = false
	return versionOf(r)
}

// Version identifies the state of the project.
func (p Project) Version() string { return versionOf(p) }

// versionOf hashes %+v instead of a list of fields, so that new fields are included. Times
// have one form: stores return them in UTC, to the microsecond.
func versionOf(v any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", v))
	return hex.EncodeToString(sum[:12])
}
