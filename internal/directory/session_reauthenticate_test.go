package directory_test

import (
	"context"
	"testing"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// withReauthentication opens a directory whose sessions may add credentials for 15 minutes after a password
// check.
func withReauthentication(t *testing.T) *fixture {
	t.Helper()
	return newFixture(t, func(o *directory.Options) {
		o.Reauthenticate, o.MaxKeys, o.ReserveNames = 15*time.Minute, 9, 24*time.Hour
	})
}

// actorAt returns the actor of a credential at an API.
func (h *fixture) actorAt(api model.API, text secret.Text) model.Actor {
	h.T.Helper()
	actor, err := h.Authenticate(h.T.Context(), caller(api), directory.Credential{Secret: text})
	h.Must(err)
	return actor
}

// accessAdditions returns the operations that add a way to log in to an account.
func (h *fixture) accessAdditions(actor model.Actor) map[string]error {
	ctx, id := h.T.Context(), actor.UserID()
	scopes := model.Scopes{model.ScopeReadUser}
	own := credential.NewToken{Owner: id, Name: "more", Scopes: scopes}
	fresh, _, err := h.CreateToken(ctx, operator(), own)
	h.Must(err)
	return map[string]error{
		"AddKey":       none(h.AddKey(ctx, actor, id, model.NewKey{Key: sshLine(h.T)})),
		"CreateToken":  none2(h.CreateToken(ctx, actor, own)),
		"RotateToken":  none2(h.RotateToken(ctx, actor, id, fresh.ID)),
		"AddEmail":     none(h.AddEmail(ctx, actor, id, secret.NewOpaque(9, secret.LowerAlnum).Reveal()+"@example.org")),
		"ChangeMe":     none(h.ChangeMe(ctx, actor, directory.SelfChange{Email: ref(secret.NewOpaque(9, secret.LowerAlnum).Reveal() + "@example.org")})),
		"RotateAPIKey": none(h.RotateAPIKey(ctx, actor)),
	}
}

func (h *fixture) wantAdditions(when string, actor model.Actor, may bool) {
	h.T.Helper()
	for name, err := range h.accessAdditions(actor) {
		if may != (err == nil) || !may && (fault.KindOf(err) != fault.Forbidden || !fault.Has(err, "reauthentication", fault.Required)) {
			h.T.Errorf("%s, %s: got %v", when, name, err)
		}
	}
}

func TestOldSessionMustReauthenticateBeforeAddingAccess(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	h.AddUser("ada")
	session := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.ConsoleLogin) })
	actor := h.actorAt(model.Native, session)
	h.Clock.Advance(14 * time.Minute)
	h.wantAdditions("within the time", actor, true)
	h.Clock.Advance(time.Minute)
	h.wantAdditions("after it", actor, false)
	_, err := h.Reauthenticate(t.Context(), actor, "wrong")
	wantFault(t, err, "current_password", fault.WrongPassword)
	h.wantAdditions("after a wrong password", actor, false)
	again := must(t, func() (login.Reauthentication, error) {
		return h.Reauthenticate(t.Context(), actor, password("ada"))
	})
	if !again.Until.Equal(h.Clock.Now().Add(15 * time.Minute)) {
		t.Errorf("it is enough until %v", again.Until)
	}
	actor = h.actorAt(model.Native, again.Session)
	h.Clock.Advance(14 * time.Minute)
	h.Must(none(h.RotateAPIKey(t.Context(), actor)))
	h.Must(none(h.ChangeMe(t.Context(), actor, directory.SelfChange{GivenName: ref("Ada")})))
	h.Clock.Advance(time.Hour)
	h.Must(none(h.ChangeMe(t.Context(), actor, directory.SelfChange{FamilyName: ref("Byron")}))) // other operations need no recent authentication
}

func TestKeysAndTokensNeedNoReauthentication(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	ada := h.AddUser("ada")
	session := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.WekanLogin) })
	key := must(t, func() (secret.Text, error) { return h.RotateAPIKey(t.Context(), h.ActorWith(session)) })
	token := h.AddToken(ada)
	h.Clock.Advance(time.Hour)
	for name, text := range map[string]secret.Text{"token": token, "API key": key} {
		actor := h.actorAt(model.GitLab, text)
		h.Must(none(h.AddKey(t.Context(), actor, ada.ID, model.NewKey{Key: sshLine(t), Title: name})))
		if shown := must(t, func() (secret.Text, error) { return h.APIKey(t.Context(), actor) }); shown != key {
			t.Errorf("%s: the API key is not shown", name)
		}
		_, err := h.Reauthenticate(t.Context(), actor, password("ada"))
		wantKind(t, err, fault.Invalid)
	}
}

func TestOldSessionCannotSetPasswordsOfOthers(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	h.AddUser("root", admin)
	eve := h.AddUser("eve")
	session := must(t, func() (secret.Text, error) { return h.AddSession("root", model.ConsoleLogin) })
	h.Clock.Advance(time.Hour)
	actor := h.actorAt(model.GitLab, session)
	give := directory.UserChange{Password: ref(secret.Text("another long phrase"))}
	wantFault(t, h.change(actor, eve.ID, give), "reauthentication", fault.Required)
	again := must(t, func() (login.Reauthentication, error) {
		return h.Reauthenticate(t.Context(), actor, password("root"))
	})
	actor = h.actorAt(model.GitLab, again.Session)
	h.Must(h.change(actor, eve.ID, give))
}

func TestFirstPasswordNeedsRecentAuthentication(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	root := h.AddUser("root", admin)
	eve := h.AddUser("eve", func(n *directory.NewUser) { n.Password = "" })
	_, session, err := h.CreateSessionFor(t.Context(), h.Actor(root), eve.ID, model.ConsoleLogin)
	h.Must(err)
	actor := h.actorAt(model.Native, session)
	h.Clock.Advance(15 * time.Minute)
	err = h.ChangePassword(t.Context(), actor, "", password("eve"))
	wantKind(t, err, fault.Forbidden)
	wantFault(t, err, "reauthentication", fault.Required)
	_, err = h.AddSession("eve", model.WekanLogin)
	wantKind(t, err, fault.Unauthenticated)
}

func TestReauthenticationCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	session := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.ConsoleLogin) })
	h.Clock.Advance(11 * time.Hour)
	h.wantAdditions("switched off", h.actorAt(model.Native, session), true)
}

func TestWrongPasswordsAtReauthenticationAreCounted(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	h.AddUser("ada")
	session := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.ConsoleLogin) })
	actor := h.actorAt(model.Native, session)
	for range 10 {
		_, err := h.Reauthenticate(t.Context(), actor, "wrong")
		wantKind(t, err, fault.Invalid)
	}
	_, err := h.Reauthenticate(t.Context(), actor, password("ada"))
	wantKind(t, err, fault.Limited)
}

// A session that was created without a password is not recent. A session that was created by another one is
// as recent as that one.
func TestSessionsOpenedBySessionsInheritTheirAge(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	root, ada := h.AddUser("root", admin), h.AddUser("ada")
	acme := h.AddOrganization("Acme")
	h.Must(h.AddMember(t.Context(), operator(), acme.ID, ada.ID, 0))
	_, minted, err := h.CreateSessionFor(t.Context(), h.Actor(root), ada.ID, model.WekanLogin)
	h.Must(err)
	h.wantAdditions("minted", h.actorAt(model.Native, minted), false)
	first := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.PM415Login) })
	h.Clock.Advance(10 * time.Minute)
	second := must(t, func() (secret.Text, error) { return h.SwitchOrganization(t.Context(), h.ActorWith(first), acme.ID) })
	h.wantAdditions("switched", h.actorAt(model.Native, second), true)
	h.Clock.Advance(6 * time.Minute)
	h.wantAdditions("switched, later", h.actorAt(model.Native, second), false)
}

func TestUsersWithoutAPasswordNeedARecentSession(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	root := h.AddUser("root", admin)
	eve := h.AddUser("eve", func(n *directory.NewUser) { n.Password = "" })
	_, session, err := h.CreateSessionFor(t.Context(), h.Actor(root), eve.ID, model.WekanLogin)
	h.Must(err)
	h.Clock.Advance(14 * time.Minute)
	h.wantAdditions("fresh", h.actorAt(model.Console, session), true)
	h.Clock.Advance(time.Minute)
	h.wantAdditions("stale", h.actorAt(model.Console, session), false)
}

// changesOfAccounts are the changing methods of account flows.
func (h *fixture) changesOfAccounts(eve *model.User, acme *model.Organization) []change {
	return []change{
		{"InviteMany", func(ctx context.Context) error {
			return none(h.InviteMany(ctx, operator(), []invitation.NewInvitation{{Org: acme.ID, Email: "one@example.org"}}))
		}},
		{"RevertEmail", func(ctx context.Context) error {
			h.Must(h.resetPassword(h.requestReset(address("eve")), password("eve")))
			h.Must(h.change(operator(), eve.ID, directory.UserChange{Email: ref("eve3@example.org")}))
			return none(h.RevertEmail(ctx, caller(model.Console), h.EmailedToken(address("eve")), password("eve")))
		}},
		{"Reauthenticate", func(ctx context.Context) error {
			session, err := h.AddSession("eve", model.ConsoleLogin)
			if err != nil {
				return err
			}
			return none(h.Reauthenticate(ctx, h.ActorWith(session), password("eve")))
		}},
	}
}
