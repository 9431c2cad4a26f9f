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

// lockFolder makes the folder if it is not there, and owns it until the returned
// file is closed or the process ends. The kernel drops the lock of a process
// that was killed.
func lockFolder(dir string) (*os.File, error) {
	if err := atomicfile.MakeFolder(dir); err != nil {
		return nil, fmt.Errorf("make the data folder: %w; name another with --data", err)
	}
	// A folder that was there before may be open to others, who could put a
	// control socket of their own in the place of ours.
	if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(dir, 0o700); err != nil {
			return nil, fmt.Errorf("others may open the data folder %s, and its rights cannot be narrowed: %w; change its owner, or name another with --data", dir, err)
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

// ownerOf is the user whom a file belongs to.
func ownerOf(info fs.FileInfo) uint32 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Uid
	}
	return 0
}

// fileLimit is how many files and connections the process may have open. The Go
// runtime has raised it to what the system allows.
func fileLimit() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return limit.Cur
}
