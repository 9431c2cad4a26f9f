package directory_test

import (
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
)

func (h *fixture) erasureOf(actor model.Actor) directory.Erasure {
	h.T.Helper()
	return must(h.T, func() (directory.Erasure, error) { return h.Erasure(h.T.Context(), actor) })
}

func TestUserErasesTheAccountAndReceivesAnEmail(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	h.AddUser("root", admin)
	ada := h.addVerifiedUser("ada")
	session := h.SessionOf("ada")
	h.Must(none(h.AddKey(t.Context(), session, ada.ID, model.NewKey{Key: sshLine(t), Title: "laptop"})))
	must(t, func() (model.Preferences, error) {
		return h.ChangePreferences(t.Context(), session, directory.PreferencesChange{Language: ref("de")})
	})
	h.Must(none(h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: h.AddOrganization("Lab").ID, Email: address("ada")})))
	e := h.erasureOf(session)
	if e.Blocked() || e.Keys != 1 || e.Sessions != 1 || e.Confirm != "ada" || len(e.Addresses) != 1 {
		t.Errorf("before: %+v", e)
	}
	wantFault(t, h.EraseAccount(t.Context(), session, "root"), "confirm_username", fault.Mismatch)
	h.Clock.Advance(time.Hour)
	wantFault(t, h.EraseAccount(t.Context(), session, "ada"), "reauthentication", fault.Required)
	session = h.reauthenticated(session, password("ada"), noFactor)
	h.notices(address("ada"))
	h.Must(h.EraseAccount(t.Context(), session, " Ada "))
	_, err := h.User(t.Context(), operator(), ada.ID)
	wantKind(t, err, fault.NotFound)
	if text := h.notices(address("ada")); !strings.Contains(text, "wurde gelöscht, wie Sie es verlangt haben") {
		t.Errorf("the email is\n%s", text)
	}
	h.wantEvent(model.UserDelete)
	h.AddUser("bea")
	wantFault(t, none(h.CreateUser(t.Context(), operator(), directory.NewUser{Username: "ada", Email: "other@example.org", Password: "a long password 1"})), "username", fault.Taken)
}

func TestErasureIsBlockedForLastAdminsAndByTheSettings(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("root", admin)
	root := h.SessionOf("root")
	if e := h.erasureOf(root); !e.Blocked() || !e.LastAdministrator {
		t.Errorf("the last administrator: %+v", e)
	}
	wantFault(t, h.EraseAccount(t.Context(), root, "root"), "admin", fault.LastAdmin)
	lab, empty := h.AddOrganization("Lab"), h.AddOrganization("Alone")
	ada := h.AddUser("ada", in(lab.ID, model.RoleAdmin))
	h.AddUser("bea", in(lab.ID, model.RoleMember))
	h.Must(h.AddMember(t.Context(), operator(), empty.ID, ada.ID, model.RoleAdmin))
	session := h.SessionOf("ada")
	e := h.erasureOf(session)
	if !e.Blocked() || e.LastAdministrator || len(e.LastAdminOf) != 1 || e.LastAdminOf[0].Name != "Lab" {
		t.Errorf("the last Admin: %+v", e)
	}
	wantFault(t, h.EraseAccount(t.Context(), session, "ada"), "admin", fault.LastAdmin)

	closed := newFixture(t, func(o *directory.Options) { o.NoSelfErasure = true })
	closed.AddUser("root", admin)
	cleo := closed.AddUser("cleo")
	if e := closed.erasureOf(closed.Actor(cleo)); e.Allowed || !e.Blocked() {
		t.Errorf("not allowed: %+v", e)
	}
	wantFault(t, closed.EraseAccount(t.Context(), closed.Actor(cleo), "cleo"), "account", fault.Closed)
	closed.Must(closed.EraseUser(t.Context(), operator(), cleo.ID))
}

func TestLimitedTokenDoesNotEraseTheAccount(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	_, token, err := h.CreateToken(t.Context(), h.SessionOf("ada"), credential.NewToken{Owner: ada.ID, Name: "bot", Scopes: model.Scopes{model.ScopeReadAPI}})
	h.Must(err)
	wantKind(t, h.EraseAccount(t.Context(), h.ActorWith(token), "ada"), fault.Forbidden)
	_, token, err = h.CreateToken(t.Context(), h.SessionOf("ada"), credential.NewToken{Owner: ada.ID, Name: "api", Scopes: model.Scopes{model.ScopeAPI}})
	h.Must(err)
	if err := h.EraseAccount(t.Context(), h.ActorWith(token), "ada"); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("a token without all scopes: %v", err)
	}
}
