package secondfactor_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
)

// factorChanges returns the results of all changes of second factors by an actor.
func (h *fixture) factorChanges(actor model.Actor, id model.AuthenticatorID) map[string]error {
	ctx := h.T.Context()
	return map[string]error{
		"BeginTOTP": none(h.BeginTOTP(ctx, actor)), "BeginPasskey": none(h.BeginPasskey(ctx, actor)),
		"ConfirmTOTP":         none(h.ConfirmTOTP(ctx, actor, "x", "", "000000")),
		"ConfirmPasskey":      none(h.ConfirmPasskey(ctx, actor, "x", "", "{}")),
		"CreateRecoveryCodes": none(h.CreateRecoveryCodes(ctx, actor)),
		"RenameAuthenticator": none(h.RenameAuthenticator(ctx, actor, id, "x")),
		"RemoveAuthenticator": h.RemoveAuthenticator(ctx, actor, id),
	}
}

func (h *fixture) wantOwnLoginRequired(actor model.Actor, id model.AuthenticatorID) {
	h.T.Helper()
	for name, err := range h.factorChanges(actor, id) {
		if !fault.Has(err, "session", fault.Required) {
			h.T.Errorf("%s: %v", name, err)
		}
	}
}

// switched returns the actor of a pm415 session that the actor exchanges its credential for.
func (h *fixture) switched(actor model.Actor) model.Actor {
	h.T.Helper()
	return h.ActorWith(must(h.T, func() (secret.Text, error) { return h.SwitchOrganization(h.T.Context(), actor, h.Home.ID) }))
}

// A token or an API key creates a session, and that session another one. None of them adds what outlives it.
func TestSessionsThatOtherCredentialsCreateChangeNoSecondFactor(t *testing.T) {
	t.Parallel()
	for name, reauthenticate := range map[string]time.Duration{"always recent": 0, "recent for 15 minutes": 15 * time.Minute} {
		for user, change := range map[string]func(*directory.NewUser){"with password": func(*directory.NewUser) {}, "without password": func(u *directory.NewUser) { u.Password = "" }} {
			t.Run(name+", "+user, func(t *testing.T) {
				t.Parallel()
				h := newFixture(t, func(o *directory.Options) { o.Reauthenticate = reauthenticate })
				ada := h.AddUser("ada", in(h.Home.ID, model.RoleMember), change)
				root := h.AddUser("root", admin, in(h.Home.ID, model.RoleMember), change)
				key := must(t, func() (secret.Text, error) { return h.RotateAPIKeyOf(t.Context(), operator(), ada.ID) })
				_, created, err := h.CreateSessionFor(t.Context(), h.Actor(root), ada.ID, model.WekanLogin)
				h.Must(err)
				_, own, err := h.CreateSessionFor(t.Context(), h.tokenFor(root), root.ID, model.WekanLogin)
				h.Must(err)
				for from, actor := range map[string]model.Actor{
					"lasting token": h.switched(h.Actor(ada)), "expiring token": h.switched(h.tokenFor(ada)), "API key": h.switched(h.ActorWith(key)),
					"session of a token": h.switched(h.switched(h.tokenFor(ada))), "administrator": h.ActorWith(created), "administrator, then switched": h.switched(h.ActorWith(created)),
					"own of an administrator's token": h.ActorWith(own), "the same, switched": h.switched(h.ActorWith(own)),
				} {
					t.Log(from)
					h.wantOwnLoginRequired(actor, 1)
				}
			})
		}
	}
}

// The setting that never requires the password does not let a token remove the second factor of its owner,
// nor a session whose second factor was proven long ago.
func TestSecondFactorIsProvenLatelyToChangeOneWithoutTheSetting(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Reauthenticate = 0 })
	ada := h.AddUser("ada", in(h.Home.ID, model.RoleMember))
	app, added := h.AddApp(h.SessionOf("ada"))
	session := h.ActorWith(added.Session)
	d := directorytest.NewDevice(ada)
	h.AddPasskey(session, d)
	h.wantOwnLoginRequired(h.switched(h.tokenFor(ada)), added.Authenticator.ID)
	h.Clock.Advance(time.Hour)
	for name, err := range h.factorChanges(session, added.Authenticator.ID) {
		if !fault.Has(err, "reauthentication", fault.Required) {
			t.Errorf("%s by an old session: %v", name, err)
		}
	}
	session = h.reauthenticated(session, password("ada"), code(app.Code(0)))
	h.Must(h.RemoveAuthenticator(t.Context(), h.switched(session), added.Authenticator.ID)) // of a login, exchanged
}

func TestSessionOfAnotherCredentialNeedsNoSecondFactorForOtherOperations(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.RequireSecondFactor = secondfactor.ForEveryone })
	ada := h.AddUser("ada", in(h.Home.ID, model.RoleMember))
	h.Must(none(h.Me(t.Context(), h.switched(h.switched(h.Actor(ada))))))
}
