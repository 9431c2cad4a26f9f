//go:build unix

package secret

import (
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

type ownedBy struct {
	fs.FileInfo
	uid uint32
}

func (o ownedBy) Sys() any { return &syscall.Stat_t{Uid: o.uid} }

func TestKeyFileOfAnotherUserIsRejectedForRoot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		owner   uint32
		process int
		refused bool
	}{{0, 0, false}, {1000, 0, true}, {65534, 0, true}, {1000, 1000, false}, {0, 1000, false}} {
		err := checkOwner(ownedBy{uid: c.owner}, c.process)
		if (err != nil) != c.refused {
			t.Errorf("owner %d, process %d: got %v", c.owner, c.process, err)
		}
		if c.refused && !strings.Contains(err.Error(), "run roster as that user, or run chown root on it") {
			t.Errorf("the error does not say what to do: %v", err)
		}
	}
}
