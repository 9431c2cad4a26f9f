package loginlimit_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
)

// A lock of a name and the mark of a known network survive a new key, on the node that made it,
// on a node beside it, and on one that starts later.
func TestCountersSurviveKeyRotation(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	h.Must(h.right("ada", "198.51.100.7"))
	h.guess("nobody", "192.0.2.1", 12)
	h.guess("ada", "192.0.%d.1", 60)
	wantLimited(t, h.from("192.0.2.1", login.Attempt{Name: "nobody", Password: "x"}), 10*time.Minute)
	file := copied(t, h.KeyFile)
	running, ring := h.secondNode(file)
	must(t, func() (string, error) { return running.TryKey(t.Context(), operator()) })
	for range 2 {
		h.Must(h.Keyring.Rotate(h.KeyFile))
		must(t, func() (int, error) { return h.Rekey(t.Context(), operator(), func(int) {}) })
		h.Must(h.Keyring.Retire(h.KeyFile))
	}
	h.Must(ring.Reread(h.KeyFile))
	started, _ := h.secondNode(filepath.Clean(h.KeyFile))
	h.Must(started.Prepare(t.Context(), operator(), "Home"))
	for name, node := range map[string]*directory.Directory{"that rotated": h.Directory, "beside": running, "started later": started} {
		_, err := node.LogIn(t.Context(), model.AnonymousActor(model.PM415, "192.0.2.1", ""), login.Attempt{Name: "nobody", Password: "x"}, model.PM415Login)
		if fault.KindOf(err) != fault.Limited {
			t.Errorf("at the node %s the name is not locked: %v", name, err)
		}
	}
	h.Must(h.right("ada", "198.51.100.7"))
}

// withoutCounterKeys writes the key check of a version without counter keys.
func (h *fixture) withoutCounterKeys() {
	h.T.Helper()
	h.Must(h.Store.Update(h.T.Context(), func(tx model.Writer) error {
		check, err := tx.KeyCheck()
		if err != nil {
			return err
		}
		text, err := h.Keyring.Open("key check", 0, check.Sealed)
		if err != nil {
			return err
		}
		lines := strings.Split(string(text), "\n")
		kept := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.HasPrefix(line, "counters ") })
		if len(kept) == len(lines) {
			h.T.Fatal("the key check has no counter keys")
		}
		check.Sealed, check.KeyID = h.Keyring.Seal("key check", 0, []byte(strings.Join(kept, "\n")))
		return tx.PutKeyCheck(check)
	}))
}

func TestCountersOfAFormerVersionSurviveKeyRotation(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.withoutCounterKeys()
	h.guess("nobody", "192.0.2.1", 12)
	file := copied(t, h.KeyFile)
	upgraded, ring := h.secondNode(file)
	h.Must(upgraded.Prepare(t.Context(), operator(), "Home"))
	h.Must(ring.Rotate(file))
	must(t, func() (int, error) { return upgraded.Rekey(t.Context(), operator(), func(int) {}) })
	h.Must(ring.Retire(file))
	started, _ := h.secondNode(file)
	h.Must(started.Prepare(t.Context(), operator(), "Home"))
	for name, node := range map[string]*directory.Directory{"that rotated": upgraded, "started later": started} {
		_, err := node.LogIn(t.Context(), model.AnonymousActor(model.PM415, "192.0.2.1", ""), login.Attempt{Name: "nobody", Password: "x"}, model.PM415Login)
		if fault.KindOf(err) != fault.Limited {
			t.Errorf("at the node %s the name is not locked: %v", name, err)
		}
	}
}
