package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// expiringActor returns the actor of a token of full scope that expires in an hour.
func (h *fixture) expiringActor(u model.User, scopes ...model.Scope) model.Actor {
	h.T.Helper()
	if len(scopes) == 0 {
		scopes = []model.Scope{model.ScopeAPI, model.ScopeSudo}
	}
	_, text, err := h.CreateToken(h.T.Context(), operator(), credential.NewToken{
		Owner: u.ID, Name: "brief", Scopes: scopes, ExpiresAt: h.Clock.Now().Add(time.Hour),
	})
	h.Must(err)
	return h.ActorWith(text)
}

func TestCredentialsOfATokenExpireWithIt(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, eve := h.AddUser("root", admin), h.AddUser("eve", func(n *directory.NewUser) { n.Password = "" })
	actor, ctx := h.expiringActor(root), t.Context()
	var made []secret.Text
	mint := func(actor model.Actor, owner model.UserID, ends time.Time) error {
		_, text, err := h.CreateToken(ctx, actor, credential.NewToken{Owner: owner, Name: "x", Scopes: model.Scopes{model.ScopeAPI}, ExpiresAt: ends})
		if err == nil {
			made = append(made, text)
		}
		return err
	}
	open := func(actor model.Actor, owner model.UserID) model.Actor {
		_, text, err := h.CreateSessionFor(ctx, actor, owner, model.WekanLogin)
		h.Must(err)
		made = append(made, text)
		return h.ActorWith(text)
	}
	switched := must(t, func() (secret.Text, error) { return h.SwitchOrganization(ctx, actor, h.Home.ID) })
	made = append(made, switched)
	makers := map[string]model.Actor{
		"the token": actor, "its session": h.ActorWith(switched), "its session of the same user": open(actor, root.ID), "its session of another": open(actor, eve.ID),
	}
	for name, maker := range makers {
		h.Must(mint(maker, maker.UserID(), time.Time{}))
		h.Must(mint(maker, maker.UserID(), h.Clock.Now().Add(time.Hour)))
		wantFault(t, mint(maker, maker.UserID(), h.Clock.Now().Add(time.Hour+time.Second)), "expires_at", fault.TooLate)
		wantFault(t, none(h.RotateAPIKey(ctx, maker)), "expires_at", fault.TooLate)
		wantFault(t, none(h.APIKey(ctx, maker)), "expires_at", fault.TooLate)
		h.wantNoAPIKey(maker)
		lasting, _, err := h.CreateToken(ctx, operator(), credential.NewToken{Owner: maker.UserID(), Name: "lasting", Scopes: model.Scopes{model.ScopeAPI}})
		h.Must(err)
		if _, _, err := h.RotateToken(ctx, maker, maker.UserID(), lasting.ID); !fault.Has(err, "expires_at", fault.TooLate) {
			t.Errorf("%s rotates a token without end: %v", name, err)
		}
	}
	h.Must(mint(actor, eve.ID, time.Time{}))
	open(makers["its session"], root.ID)
	h.Must(mint(open(makers["its session of the same user"], eve.ID), eve.ID, time.Time{}))
	h.Clock.Advance(time.Hour)
	for i, text := range made {
		if h.IsValid(text) {
			t.Errorf("credential %d outlives the token", i)
		}
	}
}

func TestTokenWithoutExpiryCreatesCredentialsWithoutExpiry(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	actor := h.Actor(h.AddUser("root", admin))
	made, _, err := h.CreateToken(t.Context(), actor, credential.NewToken{Owner: actor.UserID(), Name: "x", Scopes: model.Scopes{model.ScopeAPI}})
	h.Must(err)
	if !made.ExpiresAt.IsZero() {
		t.Errorf("it expires at %v", made.ExpiresAt)
	}
	h.Must(none(h.RotateAPIKey(t.Context(), actor)))
}

// An administrator's token without sudo cannot give another administrator anything with which the caller
// could sign in as that administrator.
func TestTokenWithoutSudoAddsNoCredentialToAnotherAdministrator(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, boss, eve := h.AddUser("root", admin), h.AddUser("boss", admin), h.AddUser("eve")
	actor := h.Actor(root, model.ScopeAPI)
	for name, operation := range h.credentialOperations(actor, boss) {
		switch name {
		case "add an SSH key to another", "add an address to another", "change an address", "change a password", "add an identity",
			"make a token of another", "open a session of another":
			wantFault(t, operation(), "scope", fault.SmallScope)
		}
	}
	wantFault(t, h.change(actor, root.ID, directory.UserChange{Identity: &model.Identity{Provider: "ldap", ExternalUID: "1"}}), "scope", fault.SmallScope)
	h.Must(none(h.AddKey(t.Context(), actor, eve.ID, model.NewKey{Key: sshLine(t), Title: "of a user"})))
	h.Must(none(h.AddKey(t.Context(), actor, root.ID, model.NewKey{Key: sshLine(t), Title: "own"})))
	h.Must(none(h.AddKey(t.Context(), h.Actor(root), boss.ID, model.NewKey{Key: sshLine(t), Title: "by full scope"})))
	acting := must(t, func() (model.Actor, error) { return h.ActAs(t.Context(), h.Actor(root), "boss") })
	h.Must(none(h.AddKey(t.Context(), acting, boss.ID, model.NewKey{Key: sshLine(t), Title: "acting"})))
}
