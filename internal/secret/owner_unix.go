//go:build unix

package secret

import (
	"fmt"
	"io/fs"
	"syscall"
)

// owned refuses a key file that another user than root could replace, for a process
// of root. Other processes cannot read the file of another user at all.
func owned(info fs.FileInfo, process int) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || process != 0 || stat.Uid == 0 {
		return nil
	}
	return fmt.Errorf("it belongs to user %d, and this process runs as root: run roster as that user, or run chown root on it", stat.Uid)
}
