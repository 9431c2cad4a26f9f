// Package atomicfile writes files that are complete or absent, after a kill and
// after a power cut as well.
//
// The order is the same everywhere: write a draft beside the file, sync the draft,
// rename it, sync the folder. Without the first sync the name may survive a power
// cut and the content not; without the second the content may survive and the name
// not. Only when a function returns nil the caller may drop what the file replaces.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// draftPrefix begins the names of drafts, see [RemoveDrafts].
const draftPrefix = ".new-"

// disk has the file operations. Tests record their order.
type disk struct {
	syncFile   func(*os.File) error
	rename     func(from, to string) error
	link       func(from, to string) error
	syncFolder func(path string) error
}

func realDisk() disk { return disk{(*os.File).Sync, os.Rename, os.Link, SyncFolder} }

// Replace creates or replaces a file with mode 0600.
func Replace(path string, text []byte) error {
	return ReplaceFunc(path, func(w io.Writer) error { return all(w, text) })
}

// ReplaceFunc is [Replace] for a text that write produces. After an error of write the file is
// unchanged.
func ReplaceFunc(path string, write func(io.Writer) error) error {
	return realDisk().replace(path, write)
}

// Create is [Replace], but returns fs.ErrExist if there is a file at path.
func Create(path string, text []byte) error {
	return CreateFunc(path, func(w io.Writer) error { return all(w, text) })
}

// CreateFunc is [Create] for a text that write produces.
func CreateFunc(path string, write func(io.Writer) error) error {
	return realDisk().create(path, write)
}

func all(w io.Writer, text []byte) error {
	_, err := w.Write(text)
	return err
}

func (d disk) replace(path string, write func(io.Writer) error) error {
	draft, err := d.draft(path, write)
	if err != nil {
		return err
	}
	if err := d.rename(draft, path); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	return d.syncFolder(filepath.Dir(path))
}

// create links the draft: a link, unlike a rename, replaces nothing.
func (d disk) create(path string, write func(io.Writer) error) error {
	draft, err := d.draft(path, write)
	if err != nil {
		return err
	}
	err = d.link(draft, path)
	return errors.Join(err, os.Remove(draft), d.syncFolder(filepath.Dir(path)))
}

// maxDraftBase is the number of bytes of a file's name that its drafts have in theirs.
const maxDraftBase = 64

// draftPrefixOf begins the names of the drafts of the file at path.
func draftPrefixOf(path string) string {
	base := filepath.Base(path)
	return draftPrefix + base[:min(len(base), maxDraftBase)] + "-"
}

// draft returns the name of a synced file for path. CreateTemp uses O_EXCL and mode 0600.
func (d disk) draft(path string, write func(io.Writer) error) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), draftPrefixOf(path)+"*")
	if err != nil {
		return "", err
	}
	if err = write(f); err == nil {
		err = d.syncFile(f)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// SyncFolder makes new and changed names in a folder survive a power cut.
func SyncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// MakeFolder creates a folder of mode 0700 with its missing parents, so that all of them survive a
// power cut. It does not change an existing folder.
func MakeFolder(path string) error {
	info, err := os.Stat(path)
	if err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%s is not a folder", path)
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(filepath.Clean(path))
	if err := MakeFolder(parent); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return SyncFolder(parent)
}

// RemoveDrafts removes the drafts that a killed process left in a folder, which no
// other process may be writing to.
func RemoveDrafts(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var faults []error
	for _, entry := range entries {
		if IsDraft(entry.Name()) && entry.Type().IsRegular() {
			faults = append(faults, os.Remove(filepath.Join(folder, entry.Name())))
		}
	}
	return errors.Join(faults...)
}

// RemoveDraftsOf removes the drafts of the file at path that were last changed before a time.
// Other processes may write to the folder, and to the file since then.
func RemoveDraftsOf(path string, before time.Time) error {
	folder := filepath.Dir(path)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var faults []error
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), draftPrefixOf(path)) || !entry.Type().IsRegular() {
			continue
		}
		if info, err := entry.Info(); err == nil && info.ModTime().Before(before) {
			faults = append(faults, os.Remove(filepath.Join(folder, entry.Name())))
		}
	}
	return errors.Join(faults...)
}

// IsDraft reports whether a file of this name is a draft.
func IsDraft(name string) bool { return strings.HasPrefix(name, draftPrefix) }
