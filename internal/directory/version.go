package directory

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Version names the state of a person's record: it differs when anything of it
// does, but for when they were active last, and is the same on every node.
func (u User) Version() string {
	u.LastActivity = time.Time{}
	// %+v and not a list of fields, so that no field is forgotten. Times have one
	// form: stores keep them in UTC, to the microsecond.
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", u))
	return hex.EncodeToString(sum[:12])
}

// unchanged wants u to be of this version, "" for any.
func (u User) unchanged(version string) error {
	if version == "" || version == u.Version() {
		return nil
	}
	return fail(Conflict, "somebody changed this since it was read; read it again and decide anew", Fault{Field: "version", Code: Changed})
}
