package credential_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func TestOnlyUsableKeysAreReturned(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("root", admin)
	ada := h.AddUser("ada")
	add := func(n model.NewKey) model.SSHKey {
		n.Key = sshLine(t)
		return must(t, func() (model.SSHKey, error) { return h.AddKey(t.Context(), operator(), ada.ID, n) })
	}
	always := add(model.NewKey{Usage: model.AuthOnly})
	passing := add(model.NewKey{ExpiresAt: h.Clock.Now().Add(time.Hour)})
	add(model.NewKey{Usage: model.SigningOnly})
	actor := h.Actor(h.AddUser("sshd"), model.ScopeReadUser)
	handed := func(what string, want ...model.SSHKey) {
		t.Helper()
		for name, got := range map[string][]model.SSHKey{
			"authorized": must(t, func() ([]model.SSHKey, error) { return h.AuthorizedKeys(t.Context(), actor, "ada", "") }),
			"operator":   must(t, func() ([]model.SSHKey, error) { return h.AuthorizedKeys(t.Context(), operator(), "ada", "") }),
		} {
			if len(got) != len(want) {
				t.Fatalf("%s, %s: %d keys, want %d", what, name, len(got), len(want))
			}
			for i := range want {
				if got[i].ID != want[i].ID {
					t.Errorf("%s, %s: key %d, want %d", what, name, got[i].ID, want[i].ID)
				}
			}
		}
	}
	handed("at first", always, passing)
	h.Clock.Advance(time.Hour)
	handed("after expiry", always)
	_, err := h.DeactivateUser(t.Context(), operator(), ada.ID)
	h.Must(err)
	handed("at rest")
	_, err = h.ReactivateUser(t.Context(), operator(), ada.ID)
	h.Must(err)
	handed("awake", always)
	_, err = h.BlockUser(t.Context(), operator(), ada.ID)
	h.Must(err)
	handed("blocked")
}

func TestKeysOfHiddenUsersAreNotListed(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	other := h.AddOrganization("Other")
	eve := h.AddUser("eve", in(other.ID, model.RoleMember))
	_, err := h.AddKey(t.Context(), operator(), eve.ID, model.NewKey{Key: sshLine(t)})
	h.Must(err)
	actor := h.Actor(h.AddUser("sshd"), model.ScopeReadUser)
	for _, name := range []string{"eve", "nobody-of-that-name", ""} {
		keys, err := h.AuthorizedKeys(t.Context(), actor, name, "")
		if err != nil || len(keys) != 0 {
			t.Errorf("%q: %d keys and %v", name, len(keys), err)
		}
	}
	_, err = h.AuthorizedKeys(t.Context(), caller(model.Native), "eve", "")
	wantKind(t, err, fault.Unauthenticated)
}

func TestPublishedKeysDoNotRevealBlockedUsers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("root", admin)
	ada := h.AddUser("ada")
	nobody := caller(model.Native)
	keys, err := h.PublicKeys(t.Context(), nobody, "ada")
	if err != nil || len(keys) != 0 {
		t.Errorf("without keys: %v, %v", keys, err)
	}
	_, err = h.AddKey(t.Context(), operator(), ada.ID, model.NewKey{Key: sshLine(t)})
	h.Must(err)
	if keys, err = h.PublicKeys(t.Context(), nobody, "ada"); err != nil || len(keys) != 1 {
		t.Errorf("with a key: %v, %v", keys, err)
	}
	_, err = h.BlockUser(t.Context(), operator(), ada.ID)
	h.Must(err)
	_, blocked := h.PublicKeys(t.Context(), nobody, "ada")
	_, unknown := h.PublicKeys(t.Context(), nobody, "grace")
	wantKind(t, blocked, fault.NotFound)
	if blocked.Error() != unknown.Error() {
		t.Errorf("%q is not %q", blocked, unknown)
	}
}

func TestKeysOfPendingUsersAreNotReturned(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("root", admin)
	ssh, other := h.AddOrganization("SSH users"), h.AddOrganization("Other")
	h.AddUser("pending", in(h.Home.ID, model.RolePending))
	h.AddUser("member", in(h.Home.ID, model.RoleMember))
	both := h.AddUser("both", in(h.Home.ID, model.RolePending))
	h.Must(h.AddMember(t.Context(), operator(), ssh.ID, both.ID, model.RoleMember))
	h.Must(h.AddMember(t.Context(), operator(), other.ID, both.ID, model.RolePending))
	left := h.AddUser("left")
	h.Must(h.RemoveMembers(t.Context(), operator(), h.Home.ID, []model.UserID{left.ID}))
	for _, name := range []string{"pending", "member", "both", "left"} {
		u := must(t, func() (model.User, error) { return h.UserByUsername(t.Context(), operator(), name) })
		_, err := h.AddKey(t.Context(), operator(), u.ID, model.NewKey{Key: sshLine(t)})
		h.Must(err)
	}
	for _, one := range []struct {
		username, org string
		keys          int
	}{
		{"member", "", 1}, {"member", "home", 1}, {"member", "ssh-users", 0}, {"member", "no-such", 0},
		{"both", "", 1}, {"both", "ssh-users", 1}, {"both", "home", 0}, {"both", "other", 0},
		{"pending", "", 0}, {"pending", "home", 0},
		{"left", "", 0}, {"left", "home", 0},
		{"MEMBER", "", 0}, {"Member", "", 0}, {"member ", "", 0}, {"ｍember", "", 0},
	} {
		keys, err := h.AuthorizedKeys(t.Context(), operator(), one.username, one.org)
		if err != nil || len(keys) != one.keys {
			t.Errorf("%q in %q: %d keys and %v, want %d", one.username, one.org, len(keys), err, one.keys)
		}
		if one.org != "" {
			continue
		}
		keys, err = h.PublicKeys(t.Context(), caller(model.Native), one.username)
		if want := fault.NotFound; one.keys == 0 && fault.KindOf(err) != want || one.keys > 0 && len(keys) != one.keys {
			t.Errorf("published %q: %d keys and %v", one.username, len(keys), err)
		}
	}
}
