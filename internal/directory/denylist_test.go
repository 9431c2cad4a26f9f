package directory_test

import (
	"database/sql"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// makeReadOnly makes every write fail until the returned function is called: another
// connection holds the lock of the database file.
func (h *fixture) makeReadOnly() (end func()) {
	h.T.Helper()
	db, err := sql.Open("sqlite", h.Path)
	h.Must(err)
	conn, err := db.Conn(h.T.Context())
	h.Must(err)
	_, err = conn.ExecContext(h.T.Context(), "BEGIN IMMEDIATE")
	h.Must(err)
	return func() { h.Must(firstOf(conn.Close(), db.Close())) }
}

// waysToAuthenticate returns every way to authenticate as a user, each reporting whether it works.
func (h *fixture) waysToAuthenticate(u model.User) map[string]func() bool {
	token := h.AddToken(u, model.ScopeAPI)
	session, err := h.AddSession(u.Username, model.WekanLogin)
	h.Must(err)
	key, err := h.RotateAPIKeyOf(h.T.Context(), operator(), u.ID)
	h.Must(err)
	h.Must(none(h.AddKey(h.T.Context(), operator(), u.ID, model.NewKey{Key: refusedKey})))
	root, actor := h.Actor(h.AddUser("root", admin), model.ScopeAPI, model.ScopeSudo), h.ActorWith(token)
	return map[string]func() bool{
		"an access token": func() bool { return h.IsValid(token) },
		"a session":       func() bool { return h.IsValid(session) },
		"an API key":      func() bool { return h.IsValid(key) },
		"a password":      func() bool { return none(h.AddSession(u.Username, model.ConsoleLogin)) == nil },
		"acting as them":  func() bool { return none(h.ActAs(h.T.Context(), root, u.Username)) == nil },
		"a request under way, writing": func() bool {
			return none(h.ChangeMe(h.T.Context(), actor, directory.SelfChange{GivenName: ref("G")})) == nil
		},
		"an SSH key": func() bool {
			return len(must(h.T, func() ([]model.SSHKey, error) { return h.AuthorizedKeys(h.T.Context(), operator(), u.Username, "") })) > 0
		},
		"published keys": func() bool {
			_, err := h.PublicKeys(h.T.Context(), caller(model.Native), u.Username)
			return fault.KindOf(err) != fault.NotFound
		},
	}
}

const refusedKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl desk"

func TestUserIsDeniedWhileTheDatabaseIsReadOnly(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve, ada := h.AddUser("eve"), h.AddUser("ada")
	ways, other := h.waysToAuthenticate(eve), h.AddToken(ada, model.ScopeAPI)
	all := func(when string, want bool) {
		t.Helper()
		for name, works := range ways {
			if works() != want {
				t.Errorf("%s: %s works: %t", when, name, !want)
			}
		}
	}
	all("at first", true)
	end := h.makeReadOnly()
	_, err := h.BlockUser(t.Context(), operator(), eve.ID)
	wantKind(t, err, fault.Unavailable)
	if !ways["an access token"]() {
		t.Error("a block that was not stored takes effect")
	}
	h.Must(none(h.DenyUntilRestart(t.Context(), operator(), eve.ID)))
	for _, name := range []string{"an access token", "a session", "an API key", "acting as them", "an SSH key"} {
		if ways[name]() {
			t.Errorf("while nothing can be written, %s works", name)
		}
	}
	if !h.IsValid(other) {
		t.Error("another user is rejected")
	}
	end()
	all("when the disk is back", false)
	h.Must(none(h.UnblockUser(t.Context(), operator(), eve.ID)))
	all("after the unblocking", true)
}

func TestOnlyAdministratorsDenyUsers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve, ada := h.AddUser("eve"), h.AddUser("ada")
	wantKind(t, none(h.DenyUntilRestart(t.Context(), h.Actor(eve), ada.ID)), fault.Forbidden)
	wantKind(t, none(h.DenyUntilRestart(t.Context(), operator(), 999)), fault.NotFound)
	if !h.IsValid(h.AddToken(ada, model.ScopeAPI)) {
		t.Error("she is rejected")
	}
}
