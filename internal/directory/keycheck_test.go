package directory_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/secret"
)

// copied is another file of the same keys.
func copied(t testing.TB, keyfile string) string {
	t.Helper()
	text, err := os.ReadFile(keyfile)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copied.key")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// beside is another node on the same database, with its own key file.
func (h *house) beside(keyfile string) (*directory.Directory, *secret.Keyring) {
	h.t.Helper()
	ring, err := secret.OpenKeyring(keyfile)
	h.must(err)
	letters := mail.Letters{Base: "https://roster.example"}
	return directory.New(h.store, h.hasher, ring, letters, directory.Options{Now: h.clock.Now}), ring
}

// Nothing at all is encrypted yet when the second node comes.
func TestNodeWithAnotherKeyIsRefusedOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	h := open(t)
	other, _ := h.beside(filepath.Join(t.TempDir(), "other.key"))
	h.must(other.Prepare(t.Context(), operator(), "Home"))
	_, err := other.TryKey(t.Context(), operator())
	refused(t, err, directory.Unavailable)
	if !strings.Contains(err.Error(), "encrypted with the key "+h.keyring.CurrentID()+", and this server does not have it") {
		t.Errorf("it hears %v", err)
	}
	if id := need(t, func() (string, error) { return h.TryKey(t.Context(), operator()) }); id != h.keyring.CurrentID() {
		t.Errorf("the key in use is %s, want that of the first node", id)
	}
}

// It went on running while the key was replaced elsewhere.
func TestNodeWithoutTheKeyInUseSealsNothingAndGivesUpNoLetter(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.person("ada", admin)
	other, otherRing := h.beside(copied(t, h.keyfile))
	h.must(h.keyring.Rotate(h.keyfile))
	need(t, func() (int, error) { return h.Rekey(t.Context(), operator(), func(int) {}) })
	h.must(h.keyring.Retire(h.keyfile))
	_, err := h.ForgotPassword(t.Context(), caller(directory.PM415), address("ada"))
	h.must(err)
	_, err = other.NewAPIKeyFor(t.Context(), operator(), ada.ID)
	refused(t, err, directory.Unavailable)
	_, err = directory.NewMailQueue(other).Claim(t.Context(), 10, time.Hour)
	refused(t, err, directory.Unavailable)
	if _, found := h.mail(address("ada")); !found {
		t.Error("the letter is gone")
	}
	h.must(otherRing.Reread(h.keyfile))
	key := need(t, func() (secret.Text, error) { return other.NewAPIKeyFor(t.Context(), operator(), ada.ID) })
	if !h.lives(key) {
		t.Error("with the key in use, it made an API key that others do not take")
	}
}

// So a new key can be handed to one node after the other, and nobody seals with
// it before all have it.
func TestNodeWithSeveralKeysSealsWithTheOneInUse(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.person("ada")
	former := h.keyring.CurrentID()
	file := copied(t, h.keyfile)
	prepared, ring := h.beside(file)
	h.must(ring.Rotate(file))
	h.must(prepared.Prepare(t.Context(), operator(), "Home"))
	key := need(t, func() (secret.Text, error) { return prepared.NewAPIKeyFor(t.Context(), operator(), ada.ID) })
	if !h.lives(key) || ring.CurrentID() != former {
		t.Errorf("it seals with %s while %s is in use", ring.CurrentID(), former)
	}
	h.must(ring.Reread(file))
	h.must(h.keyring.Reread(file))
	h.keyring.Prefer(former)
	need(t, func() (int, error) { return prepared.Rekey(t.Context(), operator(), func(int) {}) })
	key = need(t, func() (secret.Text, error) { return h.NewAPIKeyFor(t.Context(), operator(), ada.ID) })
	h.must(ring.Retire(file))
	if _, err := prepared.CheckKeys(t.Context(), operator()); err != nil {
		t.Error("after the change a node sealed with the former key:", err)
	}
	if !h.lives(key) {
		t.Error("the key is dead")
	}
}

// Databases of former versions know no key check.
func TestKeyThatCannotBeTheOneIsNotTakenIntoUse(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.person("ada")
	need(t, func() (secret.Text, error) { return h.NewAPIKeyFor(t.Context(), operator(), ada.ID) })
	h.raw("DELETE FROM key_check")
	other, _ := h.beside(filepath.Join(t.TempDir(), "other.key"))
	h.must(other.Prepare(t.Context(), operator(), "Home"))
	_, err := other.TryKey(t.Context(), operator())
	refused(t, err, directory.Conflict)
	h.must(h.Prepare(t.Context(), operator(), "Home"))
	if id := need(t, func() (string, error) { return h.TryKey(t.Context(), operator()) }); id != h.keyring.CurrentID() {
		t.Errorf("the key in use is %q", id)
	}
}

func TestOnceGivenUpTheLostKeyIsReplaced(t *testing.T) {
	t.Parallel()
	h := open(t)
	other, ring := h.beside(filepath.Join(t.TempDir(), "other.key"))
	need(t, func() (int, error) { return other.DropLostKeys(t.Context(), operator()) })
	if id := need(t, func() (string, error) { return other.TryKey(t.Context(), operator()) }); id != ring.CurrentID() {
		t.Errorf("the key in use is %s", id)
	}
	_, err := h.TryKey(t.Context(), operator())
	refused(t, err, directory.Unavailable)
}
