package directory_test

import (
	"database/sql"
	"testing"

	"roster.example/roster/internal/directory"
)

// unwritable makes every write fail until the returned function is called: another
// connection holds the lock of the database file.
func (h *house) unwritable() (end func()) {
	h.t.Helper()
	db, err := sql.Open("sqlite", h.path)
	h.must(err)
	conn, err := db.Conn(h.t.Context())
	h.must(err)
	_, err = conn.ExecContext(h.t.Context(), "BEGIN IMMEDIATE")
	h.must(err)
	return func() { h.must(firstOf(conn.Close(), db.Close())) }
}

// wayIns are what lets a user in, each reporting whether it does.
func (h *house) wayIns(u directory.User) map[string]func() bool {
	token := h.token(u, directory.ScopeAPI)
	session, err := h.login(u.Username, directory.WekanLogin)
	h.must(err)
	key, err := h.NewAPIKeyFor(h.t.Context(), operator(), u.ID)
	h.must(err)
	h.must(none(h.AddKey(h.t.Context(), operator(), u.ID, directory.NewKey{Key: refusedKey})))
	root, actor := h.as(h.person("root", admin), directory.ScopeAPI, directory.ScopeSudo), h.enter(token)
	return map[string]func() bool{
		"an access token": func() bool { return h.lives(token) },
		"a session":       func() bool { return h.lives(session) },
		"an API key":      func() bool { return h.lives(key) },
		"a password":      func() bool { return none(h.login(u.Username, directory.ConsoleLogin)) == nil },
		"acting as them":  func() bool { return none(h.ActAs(h.t.Context(), root, u.Username)) == nil },
		"a request under way, writing": func() bool {
			return none(h.ChangeMe(h.t.Context(), actor, directory.SelfChange{GivenName: ref("G")})) == nil
		},
		"an SSH key": func() bool {
			return len(need(h.t, func() ([]directory.SSHKey, error) { return h.AuthorizedKeys(h.t.Context(), operator(), u.Username, "") })) > 0
		},
		"published keys": func() bool {
			_, err := h.PublicKeys(h.t.Context(), caller(directory.Native), u.Username)
			return directory.KindOf(err) != directory.NotFound
		},
	}
}

const refusedKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl desk"

func TestAUserIsRefusedFromMemoryWhileNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	h := open(t)
	eve, ada := h.person("eve"), h.person("ada")
	ways, other := h.wayIns(eve), h.token(ada, directory.ScopeAPI)
	all := func(when string, want bool) {
		t.Helper()
		for name, works := range ways {
			if works() != want {
				t.Errorf("%s: %s works: %t", when, name, !want)
			}
		}
	}
	all("at first", true)
	end := h.unwritable()
	_, err := h.BlockUser(t.Context(), operator(), eve.ID)
	refused(t, err, directory.Unavailable)
	if !ways["an access token"]() {
		t.Error("a block that was not stored takes effect")
	}
	h.must(none(h.RefuseUntilRestart(t.Context(), operator(), eve.ID)))
	for _, name := range []string{"an access token", "a session", "an API key", "acting as them", "an SSH key"} {
		if ways[name]() {
			t.Errorf("while nothing can be written, %s works", name)
		}
	}
	if !h.lives(other) {
		t.Error("another user is refused")
	}
	end()
	all("when the disk is back", false)
	h.must(none(h.UnblockUser(t.Context(), operator(), eve.ID)))
	all("after the unblocking", true)
}

func TestOnlyAdministratorsRefuseUsers(t *testing.T) {
	t.Parallel()
	h := open(t)
	eve, ada := h.person("eve"), h.person("ada")
	refused(t, none(h.RefuseUntilRestart(t.Context(), h.as(eve), ada.ID)), directory.Forbidden)
	refused(t, none(h.RefuseUntilRestart(t.Context(), operator(), 999)), directory.NotFound)
	if !h.lives(h.token(ada, directory.ScopeAPI)) {
		t.Error("she is refused")
	}
}
