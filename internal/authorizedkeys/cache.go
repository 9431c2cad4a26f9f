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

// Cache remembers answers in a folder that nobody else can read or write: whoever
// writes there comes in as anybody.
type Cache struct {
	Folder string        // "" remembers nothing
	MaxAge time.Duration // how long an answer counts
	Most   int           // of how many people at once; the oldest are forgotten
}

// entry is a file of the cache.
type entry struct {
	question
	answer
}

const ending = ".json"

// path is named by a hash: names of people are no names of files.
func (c Cache) path(asked question) string {
	sum := sha256.Sum256([]byte(asked.Server + "\n" + asked.Username + "\n" + asked.Organization))
	return filepath.Join(c.Folder, hex.EncodeToString(sum[:])+ending)
}

// keep remembers an answer in place of the one before. That somebody has no keys is
// remembered by forgetting those they had.
func (c Cache) keep(asked question, said answer) error {
	if c.Folder == "" {
		return nil
	}
	if err := c.begin(); err != nil {
		return err
	}
	if len(said.Lines) == 0 {
		return forget(c.path(asked))
	}
	text, err := json.Marshal(entry{asked, said})
	if err != nil {
		return err
	}
	if err := atomicfile.Replace(c.path(asked), text); err != nil {
		// What was said before is not true any more.
		return errors.Join(err, forget(c.path(asked)))
	}
	return c.bound()
}

// begin makes the folder, or wants that it is shut to others.
func (c Cache) begin() error {
	if err := atomicfile.MakeFolder(c.Folder); err != nil {
		return err
	}
	return c.shut()
}

func (c Cache) shut() error {
	info, err := os.Stat(c.Folder)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("others can come into %s; run: chmod 700 %[1]s", c.Folder)
	}
	return nil
}

func forget(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// bound forgets the oldest beyond the limit, and what a killed process left behind.
// Another process may do the same meanwhile.
func (c Cache) bound() error {
	listed, err := os.ReadDir(c.Folder)
	if err != nil {
		return err
	}
	var files []fs.FileInfo
	for _, one := range listed {
		info, err := one.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && !ours(info) {
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
	for _, old := range files[min(max(c.Most, 1), len(files)):] {
		faults = append(faults, forget(filepath.Join(c.Folder, old.Name())))
	}
	return errors.Join(faults...)
}

// ours leaves alone what this package has not written.
func ours(info fs.FileInfo) bool {
	name := info.Name()
	return info.Mode().IsRegular() && (strings.HasSuffix(name, ending) || strings.HasPrefix(name, "new-") || atomicfile.IsDraft(name))
}

// errForgotten means that there is no answer that counts.
var errForgotten = errors.New("no answer of before is remembered that still counts")

func (c Cache) recall(asked question) (answer, error) {
	if c.Folder == "" {
		return answer{}, errForgotten
	}
	text, err := os.ReadFile(c.path(asked))
	if errors.Is(err, fs.ErrNotExist) {
		return answer{}, errForgotten
	}
	if err == nil {
		err = c.shut()
	}
	var e entry
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	if err != nil {
		return answer{}, fmt.Errorf("read what is remembered: %w", err)
	}
	// An answer of tomorrow is one of a clock that was wrong.
	age, late := time.Since(e.At), !e.Until.IsZero() && !e.Until.After(time.Now())
	if e.question != asked || age < 0 || age >= c.MaxAge || late {
		return answer{}, errForgotten
	}
	return e.answer, nil
}
