package directory_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
)

// A lock of a name and the mark of a known network survive a new key, on the node that made it,
// on a node beside it, and on one that starts later.
func TestCountersSurviveKeyRotation(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("ada")
	h.must(h.right("ada", "198.51.100.7"))
	h.guess("nobody", "192.0.2.1", 12)
	h.guess("ada", "192.0.%d.1", 60)
	limited(t, h.from("192.0.2.1", directory.Login{Name: "nobody", Password: "x"}), 10*time.Minute)
	file := copied(t, h.keyfile)
	running, ring := h.beside(file)
	need(t, func() (string, error) { return running.TryKey(t.Context(), operator()) })
	for range 2 {
		h.must(h.keyring.Rotate(h.keyfile))
		need(t, func() (int, error) { return h.Rekey(t.Context(), operator(), func(int) {}) })
		h.must(h.keyring.Retire(h.keyfile))
	}
	h.must(ring.Reread(h.keyfile))
	started, _ := h.beside(filepath.Clean(h.keyfile))
	h.must(started.Prepare(t.Context(), operator(), "Home"))
	for name, node := range map[string]*directory.Directory{"that rotated": h.Directory, "beside": running, "started later": started} {
		_, _, _, err := node.LogIn(t.Context(), directory.Caller(directory.PM415, "192.0.2.1", ""), directory.Login{Name: "nobody", Password: "x"}, directory.PM415Login)
		if directory.KindOf(err) != directory.Limited {
			t.Errorf("at the node %s the name is not locked: %v", name, err)
		}
	}
	h.must(h.right("ada", "198.51.100.7"))
}

// withoutCounterKeys seals the key check as a version without counter keys does.
func (h *house) withoutCounterKeys() {
	h.t.Helper()
	h.must(h.store.Update(h.t.Context(), func(tx directory.Writer) error {
		check, err := tx.KeyCheck()
		if err != nil {
			return err
		}
		text, err := h.keyring.Open("key check", 0, check.Sealed)
		if err != nil {
			return err
		}
		lines := strings.Split(string(text), "\n")
		kept := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.HasPrefix(line, "counters ") })
		if len(kept) == len(lines) {
			h.t.Fatal("the key check has no counter keys")
		}
		check.Sealed, check.KeyID = h.keyring.Seal("key check", 0, []byte(strings.Join(kept, "\n")))
		return tx.PutKeyCheck(check)
	}))
}

func TestCountersOfAFormerVersionSurviveKeyRotation(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.withoutCounterKeys()
	h.guess("nobody", "192.0.2.1", 12)
	file := copied(t, h.keyfile)
	upgraded, ring := h.beside(file)
	h.must(upgraded.Prepare(t.Context(), operator(), "Home"))
	h.must(ring.Rotate(file))
	need(t, func() (int, error) { return upgraded.Rekey(t.Context(), operator(), func(int) {}) })
	h.must(ring.Retire(file))
	started, _ := h.beside(file)
	h.must(started.Prepare(t.Context(), operator(), "Home"))
	for name, node := range map[string]*directory.Directory{"that rotated": upgraded, "started later": started} {
		_, _, _, err := node.LogIn(t.Context(), directory.Caller(directory.PM415, "192.0.2.1", ""), directory.Login{Name: "nobody", Password: "x"}, directory.PM415Login)
		if directory.KindOf(err) != directory.Limited {
			t.Errorf("at the node %s the name is not locked: %v", name, err)
		}
	}
}
