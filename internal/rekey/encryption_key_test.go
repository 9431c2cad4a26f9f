package rekey_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// Nothing is encrypted when the second node starts.
func TestNodeWithAnotherKeyIsRejectedOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	other, _ := h.secondNode(filepath.Join(t.TempDir(), "other.key"))
	h.Must(other.Prepare(t.Context(), operator(), "Home"))
	_, err := other.TryKey(t.Context(), operator())
	wantKind(t, err, fault.Unavailable)
	if !strings.Contains(err.Error(), "encrypted with the key "+h.Keyring.CurrentID()+", and this server does not have it") {
		t.Errorf("it hears %v", err)
	}
	if id := must(t, func() (string, error) { return h.TryKey(t.Context(), operator()) }); id != h.Keyring.CurrentID() {
		t.Errorf("the key in use is %s, want that of the first node", id)
	}
}

// The node kept running while another one rotated the key.
func TestNodeWithoutTheCurrentKeyEncryptsNothing(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada", admin)
	other, otherRing := h.secondNode(copied(t, h.KeyFile))
	h.Must(h.Keyring.Rotate(h.KeyFile))
	must(t, func() (int, error) { return h.Rekey(t.Context(), operator(), func(int) {}) })
	h.Must(h.Keyring.Retire(h.KeyFile))
	_, err := h.ForgotPassword(t.Context(), caller(model.PM415), address("ada"))
	h.Must(err)
	_, err = other.RotateAPIKeyOf(t.Context(), operator(), ada.ID)
	wantKind(t, err, fault.Unavailable)
	_, err = directory.NewMailQueue(other).Lease(t.Context(), 10, time.Hour)
	wantKind(t, err, fault.Unavailable)
	if _, found := h.NextEmail(address("ada")); !found {
		t.Error("the email is missing")
	}
	h.Must(otherRing.Reread(h.KeyFile))
	key := must(t, func() (secret.Text, error) { return other.RotateAPIKeyOf(t.Context(), operator(), ada.ID) })
	if !h.IsValid(key) {
		t.Error("with the key in use, it made an API key that others do not take")
	}
}

// A new key can be given to one node after the other: none encrypts with it before all have
// it.
func TestNodeWithSeveralKeysEncryptsWithTheCurrentOne(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	former := h.Keyring.CurrentID()
	file := copied(t, h.KeyFile)
	prepared, ring := h.secondNode(file)
	h.Must(ring.Rotate(file))
	h.Must(prepared.Prepare(t.Context(), operator(), "Home"))
	key := must(t, func() (secret.Text, error) { return prepared.RotateAPIKeyOf(t.Context(), operator(), ada.ID) })
	if !h.IsValid(key) || ring.CurrentID() != former {
		t.Errorf("it seals with %s while %s is in use", ring.CurrentID(), former)
	}
	h.Must(ring.Reread(file))
	h.Must(h.Keyring.Reread(file))
	h.Keyring.Prefer(former)
	must(t, func() (int, error) { return prepared.Rekey(t.Context(), operator(), func(int) {}) })
	key = must(t, func() (secret.Text, error) { return h.RotateAPIKeyOf(t.Context(), operator(), ada.ID) })
	h.Must(ring.Retire(file))
	if _, err := prepared.CheckKeys(t.Context(), operator()); err != nil {
		t.Error("after the change a node sealed with the former key:", err)
	}
	if !h.IsValid(key) {
		t.Error("the key is dead")
	}
}

// Databases of earlier versions have no key check.
func TestUnsuitableKeyIsNotUsed(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	must(t, func() (secret.Text, error) { return h.RotateAPIKeyOf(t.Context(), operator(), ada.ID) })
	h.raw("DELETE FROM key_check")
	other, _ := h.secondNode(filepath.Join(t.TempDir(), "other.key"))
	h.Must(other.Prepare(t.Context(), operator(), "Home"))
	_, err := other.TryKey(t.Context(), operator())
	wantKind(t, err, fault.Conflict)
	h.Must(h.Prepare(t.Context(), operator(), "Home"))
	if id := must(t, func() (string, error) { return h.TryKey(t.Context(), operator()) }); id != h.Keyring.CurrentID() {
		t.Errorf("the key in use is %q", id)
	}
}

func TestLostKeyIsReplacedOnceItIsGivenUp(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	other, ring := h.secondNode(filepath.Join(t.TempDir(), "other.key"))
	must(t, func() (int, error) { return other.DropLostKeys(t.Context(), operator()) })
	if id := must(t, func() (string, error) { return other.TryKey(t.Context(), operator()) }); id != ring.CurrentID() {
		t.Errorf("the key in use is %s", id)
	}
	_, err := h.TryKey(t.Context(), operator())
	wantKind(t, err, fault.Unavailable)
}
