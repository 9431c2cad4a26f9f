package directory_test

import (
	"context"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

// careful is a house whose logins may add credentials for a quarter of an hour.
func careful(t *testing.T) *house {
	t.Helper()
	return open(t, func(o *directory.Options) { o.Reauthenticate, o.MaxKeys = 15*time.Minute, 9 })
}

// through is who holds a credential at one of the doors.
func (h *house) through(api directory.API, text secret.Text) directory.Actor {
	h.t.Helper()
	actor, err := h.Authenticate(h.t.Context(), caller(api), directory.Presented{Secret: text})
	h.must(err)
	return actor
}

// additions are the deeds that add a way into an account.
func (h *house) additions(actor directory.Actor) map[string]error {
	ctx, id := h.t.Context(), actor.UserID()
	scopes := directory.Scopes{directory.ScopeReadUser}
	own := directory.NewToken{Owner: id, Name: "more", Scopes: scopes}
	fresh, _, err := h.CreateToken(ctx, operator(), own)
	h.must(err)
	return map[string]error{
		"AddKey":      none(h.AddKey(ctx, actor, id, directory.NewKey{Key: sshLine(h.t)})),
		"CreateToken": none2(h.CreateToken(ctx, actor, own)),
		"RotateToken": none2(h.RotateToken(ctx, actor, id, fresh.ID)),
		"AddEmail":    none(h.AddEmail(ctx, actor, id, secret.NewOpaque(9, secret.LowerAlnum).Reveal()+"@example.org")),
		"ChangeMe":    none(h.ChangeMe(ctx, actor, directory.SelfChange{Email: ref(secret.NewOpaque(9, secret.LowerAlnum).Reveal() + "@example.org")})),
		"NewAPIKey":   none(h.NewAPIKey(ctx, actor)),
	}
}

func (h *house) allAdd(when string, actor directory.Actor, may bool) {
	h.t.Helper()
	for name, err := range h.additions(actor) {
		if may != (err == nil) || !may && (directory.KindOf(err) != directory.Forbidden || !directory.FaultIn(err, "reauthentication", directory.Required)) {
			h.t.Errorf("%s, %s: got %v", when, name, err)
		}
	}
}

func TestOldLoginAddsNothingBeforeThePasswordIsShownAgain(t *testing.T) {
	t.Parallel()
	h := careful(t)
	h.person("ada")
	session := need(t, func() (secret.Text, error) { return h.login("ada", directory.ConsoleLogin) })
	actor := h.through(directory.Native, session)
	h.clock.turn(14 * time.Minute)
	h.allAdd("within the time", actor, true)
	h.clock.turn(time.Minute)
	h.allAdd("after it", actor, false)
	_, err := h.Reauthenticate(t.Context(), actor, "wrong")
	faulty(t, err, "current_password", directory.WrongPassword)
	h.allAdd("after a wrong password", actor, false)
	until := need(t, func() (time.Time, error) { return h.Reauthenticate(t.Context(), actor, password("ada")) })
	if !until.Equal(h.clock.Now().Add(15 * time.Minute)) {
		t.Errorf("it is enough until %v", until)
	}
	h.clock.turn(14 * time.Minute)
	h.must(none(h.NewAPIKey(t.Context(), actor)))
	h.must(none(h.ChangeMe(t.Context(), actor, directory.SelfChange{GivenName: ref("Ada")})))
	h.clock.turn(time.Hour)
	h.must(none(h.ChangeMe(t.Context(), actor, directory.SelfChange{FamilyName: ref("Byron")}))) // other deeds need no proof
}

func TestKeysAndTokensOfScriptsAreNotAskedAgain(t *testing.T) {
	t.Parallel()
	h := careful(t)
	ada := h.person("ada")
	session := need(t, func() (secret.Text, error) { return h.login("ada", directory.WekanLogin) })
	key := need(t, func() (secret.Text, error) { return h.NewAPIKey(t.Context(), h.enter(session)) })
	token := h.token(ada)
	h.clock.turn(time.Hour)
	for name, text := range map[string]secret.Text{"token": token, "API key": key} {
		actor := h.through(directory.GitLab, text)
		h.must(none(h.AddKey(t.Context(), actor, ada.ID, directory.NewKey{Key: sshLine(t), Title: name})))
		if shown := need(t, func() (secret.Text, error) { return h.APIKey(t.Context(), actor) }); shown != key {
			t.Errorf("%s: the API key is not shown", name)
		}
		_, err := h.Reauthenticate(t.Context(), actor, password("ada"))
		refused(t, err, directory.Invalid)
	}
}

func TestAnOldLoginGivesNobodyElseAPasswordEither(t *testing.T) {
	t.Parallel()
	h := careful(t)
	h.person("root", admin)
	eve := h.person("eve")
	session := need(t, func() (secret.Text, error) { return h.login("root", directory.ConsoleLogin) })
	h.clock.turn(time.Hour)
	actor := h.through(directory.GitLab, session)
	give := directory.UserChange{Password: ref(secret.Text("another long phrase"))}
	faulty(t, h.change(actor, eve.ID, give), "reauthentication", directory.Required)
	need(t, func() (time.Time, error) { return h.Reauthenticate(t.Context(), actor, password("root")) })
	h.must(h.change(actor, eve.ID, give))
}

func TestAFirstPasswordNeedsAFreshLogin(t *testing.T) {
	t.Parallel()
	h := careful(t)
	root := h.person("root", admin)
	eve := h.person("eve", func(n *directory.NewUser) { n.Password = "" })
	_, session, err := h.MintSession(t.Context(), h.as(root), eve.ID, directory.ConsoleLogin)
	h.must(err)
	actor := h.through(directory.Native, session)
	h.clock.turn(15 * time.Minute)
	err = h.ChangePassword(t.Context(), actor, "", password("eve"))
	refused(t, err, directory.Forbidden)
	faulty(t, err, "reauthentication", directory.Required)
	_, err = h.login("eve", directory.WekanLogin)
	refused(t, err, directory.Unauthenticated)
}

func TestReauthenticationCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("ada")
	session := need(t, func() (secret.Text, error) { return h.login("ada", directory.ConsoleLogin) })
	h.clock.turn(11 * time.Hour)
	h.allAdd("switched off", h.through(directory.Native, session), true)
}

func TestWrongPasswordsAtReauthenticationAreCounted(t *testing.T) {
	t.Parallel()
	h := careful(t)
	h.person("ada")
	session := need(t, func() (secret.Text, error) { return h.login("ada", directory.ConsoleLogin) })
	actor := h.through(directory.Native, session)
	for range 10 {
		_, err := h.Reauthenticate(t.Context(), actor, "wrong")
		refused(t, err, directory.Invalid)
	}
	_, err := h.Reauthenticate(t.Context(), actor, password("ada"))
	refused(t, err, directory.Limited)
}

// A login that was opened without a password proves nothing, and one that another
// opened proves no more than that one.
func TestLoginsOpenedWithoutAPasswordInheritTheirProof(t *testing.T) {
	t.Parallel()
	h := careful(t)
	root, ada := h.person("root", admin), h.person("ada")
	acme := h.org("Acme")
	h.must(h.AddMember(t.Context(), operator(), acme.ID, ada.ID, 0))
	_, minted, err := h.MintSession(t.Context(), h.as(root), ada.ID, directory.WekanLogin)
	h.must(err)
	h.allAdd("minted", h.through(directory.Native, minted), false)
	first := need(t, func() (secret.Text, error) { return h.login("ada", directory.PM415Login) })
	h.clock.turn(10 * time.Minute)
	second := need(t, func() (secret.Text, error) { return h.SwitchOrganization(t.Context(), h.enter(first), acme.ID) })
	h.allAdd("switched", h.through(directory.Native, second), true)
	h.clock.turn(6 * time.Minute)
	h.allAdd("switched, later", h.through(directory.Native, second), false)
}

func TestPeopleWithoutAPasswordNeedAFreshLogin(t *testing.T) {
	t.Parallel()
	h := careful(t)
	root := h.person("root", admin)
	eve := h.person("eve", func(n *directory.NewUser) { n.Password = "" })
	_, session, err := h.MintSession(t.Context(), h.as(root), eve.ID, directory.WekanLogin)
	h.must(err)
	h.clock.turn(14 * time.Minute)
	h.allAdd("fresh", h.through(directory.Console, session), true)
	h.clock.turn(time.Minute)
	h.allAdd("stale", h.through(directory.Console, session), false)
}

// changesOfAccounts are the changing methods of account flows.
func (h *house) changesOfAccounts(eve *directory.User, acme *directory.Organization) []change {
	return []change{
		{"InviteAll", func(ctx context.Context) error {
			return none(h.InviteAll(ctx, operator(), []directory.NewInvitation{{Org: acme.ID, Email: "one@example.org"}}))
		}},
		{"RevertAddress", func(ctx context.Context) error {
			h.must(h.renew(h.forgot(address("eve")), password("eve")))
			h.must(h.change(operator(), eve.ID, directory.UserChange{Email: ref("eve3@example.org")}))
			return none(h.RevertAddress(ctx, caller(directory.Console), h.mailed(address("eve")), password("eve")))
		}},
		{"Reauthenticate", func(ctx context.Context) error {
			session, err := h.login("eve", directory.ConsoleLogin)
			if err != nil {
				return err
			}
			return none(h.Reauthenticate(ctx, h.enter(session), password("eve")))
		}},
	}
}
