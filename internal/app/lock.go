//go:build unix

package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"roster.example/roster/internal/atomicfile"
)

// lockFolder creates the folder if necessary and locks it until the returned file is closed or
// the process ends, also if the process is killed.
func lockFolder(dir string) (*os.File, error) {
	if err := atomicfile.MakeFolder(dir); err != nil {
		return nil, fmt.Errorf("create the data folder: %w; name another with --data", err)
	}
	// Others may have access to an existing folder, and could replace the control socket.
	if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(dir, 0o700); err != nil {
			return nil, fmt.Errorf("other users have access to the data folder %s, and its mode cannot be changed: %w; change its owner, or name another with --data", dir, err)
		}
	}
	f, err := os.OpenFile(filepath.Join(dir, "roster.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("the data folder %s is not writable for this user; change its owner, or name another with --data: %w", dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open the data folder: %w; name another with --data", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(fmt.Errorf("%w: %s", ErrLocked, dir), f.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("lock the data folder %s: %w; keep it on a local disk", dir, err), f.Close())
	}
	return f, nil
}

// ownerOf returns the uid of the owner of a file.
func ownerOf(info fs.FileInfo) uint32 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Uid
	}
	return 0
}

// fileLimit returns the maximum number of open files and connections. The Go runtime raises it to
// the hard limit.
func fileLimit() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return limit.Cur
}
