//go:build unix

package secret

import (
	"fmt"
	"io/fs"
	"syscall"
)

// checkOwner rejects, for a process of root, a key file that another user owns and could
// replace. A process of another user cannot read foreign key files.
func checkOwner(info fs.FileInfo, process int) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || process != 0 || stat.Uid == 0 {
		return nil
	}
	return fmt.Errorf("it belongs to user %d, and this process runs as root: run roster as that user, or run chown root on it", stat.Uid)
}
