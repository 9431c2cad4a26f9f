package authorizedkeys

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/atomicfile"
)

// Cache stores responses in a folder. The folder must be private: a user who can write to it
// can log in as every other user.
type Cache struct {
	Folder     string        // "" stores nothing
	MaxAge     time.Duration // how long a response is valid
	MaxEntries int           // maximum number of users; the oldest entries are removed
}

// entry is a file of the cache.
type entry struct {
	request
	response
}

const extension = ".json"

// path returns the file of a request. Its name is a hash, because usernames are not valid
// file names.
func (c Cache) path(req request) string {
	sum := sha256.Sum256([]byte(req.Server + "\n" + req.Username + "\n" + req.Organization))
	return filepath.Join(c.Folder, hex.EncodeToString(sum[:])+extension)
}

// store replaces the stored response to a request. A response without keys removes it.
func (c Cache) store(req request, resp response) error {
	if c.Folder == "" {
		return nil
	}
	if err := c.prepareFolder(); err != nil {
		return err
	}
	if len(resp.Lines) == 0 {
		return remove(c.path(req))
	}
	text, err := json.Marshal(entry{req, resp})
	if err != nil {
		return err
	}
	if err := atomicfile.Replace(c.path(req), text); err != nil {
		// The previous response is out of date.
		return errors.Join(err, remove(c.path(req)))
	}
	return c.evict()
}

// prepareFolder creates the folder, or checks its mode.
func (c Cache) prepareFolder() error {
	if err := atomicfile.MakeFolder(c.Folder); err != nil {
		return err
	}
	return c.checkFolder()
}

// checkFolder returns an error if other users can access the folder.
func (c Cache) checkFolder() error {
	info, err := os.Stat(c.Folder)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("other users can access %s; run: chmod 700 %[1]s", c.Folder)
	}
	return nil
}

func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// evict removes the oldest entries beyond MaxEntries, and temporary files of killed processes.
// Other processes may run it at the same time.
func (c Cache) evict() error {
	listed, err := os.ReadDir(c.Folder)
	if err != nil {
		return err
	}
	var files []fs.FileInfo
	for _, one := range listed {
		info, err := one.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && !isCacheFile(info) {
			continue
		}
		if err != nil {
			return err
		}
		files = append(files, info)
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	var faults []error
	for _, old := range files[min(max(c.MaxEntries, 1), len(files)):] {
		faults = append(faults, remove(filepath.Join(c.Folder, old.Name())))
	}
	return errors.Join(faults...)
}

// isCacheFile reports whether this package wrote the file.
func isCacheFile(info fs.FileInfo) bool {
	name := info.Name()
	return info.Mode().IsRegular() && (strings.HasSuffix(name, extension) || strings.HasPrefix(name, "new-") || atomicfile.IsDraft(name))
}

// errNotCached reports that there is no valid stored response.
var errNotCached = errors.New("no valid response is cached")

func (c Cache) load(req request) (response, error) {
	if c.Folder == "" {
		return response{}, errNotCached
	}
	text, err := os.ReadFile(c.path(req))
	if errors.Is(err, fs.ErrNotExist) {
		return response{}, errNotCached
	}
	if err == nil {
		err = c.checkFolder()
	}
	var e entry
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	if err != nil {
		return response{}, fmt.Errorf("read the cached response: %w", err)
	}
	// A response from the future was stored while the clock was wrong.
	age, expired := time.Since(e.At), !e.Until.IsZero() && !e.Until.After(time.Now())
	if e.request != req || age < 0 || age >= c.MaxAge || expired {
		return response{}, errNotCached
	}
	return e.response, nil
}
