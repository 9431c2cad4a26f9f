package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

// brief is a token of full scope for an hour.
func (h *house) brief(u directory.User, scopes ...directory.Scope) directory.Actor {
	h.t.Helper()
	if len(scopes) == 0 {
		scopes = []directory.Scope{directory.ScopeAPI, directory.ScopeSudo}
	}
	_, text, err := h.CreateToken(h.t.Context(), operator(), directory.NewToken{
		Owner: u.ID, Name: "brief", Scopes: scopes, ExpiresAt: h.clock.Now().Add(time.Hour),
	})
	h.must(err)
	return h.enter(text)
}

func TestWhatATokenMakesDoesNotOutliveIt(t *testing.T) {
	t.Parallel()
	h := open(t)
	root, eve := h.person("root", admin), h.person("eve", func(n *directory.NewUser) { n.Password = "" })
	actor, ctx := h.brief(root), t.Context()
	var made []secret.Text
	mint := func(actor directory.Actor, owner directory.UserID, ends time.Time) error {
		_, text, err := h.CreateToken(ctx, actor, directory.NewToken{Owner: owner, Name: "x", Scopes: directory.Scopes{directory.ScopeAPI}, ExpiresAt: ends})
		if err == nil {
			made = append(made, text)
		}
		return err
	}
	open := func(actor directory.Actor, owner directory.UserID) directory.Actor {
		_, text, err := h.MintSession(ctx, actor, owner, directory.WekanLogin)
		h.must(err)
		made = append(made, text)
		return h.enter(text)
	}
	switched := need(t, func() (secret.Text, error) { return h.SwitchOrganization(ctx, actor, h.home.ID) })
	made = append(made, switched)
	makers := map[string]directory.Actor{
		"the token": actor, "its session": h.enter(switched), "its session of the same user": open(actor, root.ID), "its session of another": open(actor, eve.ID),
	}
	for name, maker := range makers {
		h.must(mint(maker, maker.UserID(), time.Time{}))
		h.must(mint(maker, maker.UserID(), h.clock.Now().Add(time.Hour)))
		faulty(t, mint(maker, maker.UserID(), h.clock.Now().Add(time.Hour+time.Second)), "expires_at", directory.TooLate)
		faulty(t, none(h.NewAPIKey(ctx, maker)), "expires_at", directory.TooLate)
		faulty(t, none(h.APIKey(ctx, maker)), "expires_at", directory.TooLate)
		h.showsNoKey(maker)
		lasting, _, err := h.CreateToken(ctx, operator(), directory.NewToken{Owner: maker.UserID(), Name: "lasting", Scopes: directory.Scopes{directory.ScopeAPI}})
		h.must(err)
		if _, _, err := h.RotateToken(ctx, maker, maker.UserID(), lasting.ID); !directory.FaultIn(err, "expires_at", directory.TooLate) {
			t.Errorf("%s rotates a token without end: %v", name, err)
		}
	}
	h.must(mint(actor, eve.ID, time.Time{}))
	open(makers["its session"], root.ID)
	h.must(mint(open(makers["its session of the same user"], eve.ID), eve.ID, time.Time{}))
	h.clock.turn(time.Hour)
	for i, text := range made {
		if h.lives(text) {
			t.Errorf("credential %d outlives the token", i)
		}
	}
}

func TestATokenWithoutEndMakesWhatItMadeBefore(t *testing.T) {
	t.Parallel()
	h := open(t)
	actor := h.as(h.person("root", admin))
	made, _, err := h.CreateToken(t.Context(), actor, directory.NewToken{Owner: actor.UserID(), Name: "x", Scopes: directory.Scopes{directory.ScopeAPI}})
	h.must(err)
	if !made.ExpiresAt.IsZero() {
		t.Errorf("it expires at %v", made.ExpiresAt)
	}
	h.must(none(h.NewAPIKey(t.Context(), actor)))
}

// An administrator's token without sudo gives another administrator nothing by which its
// holder could come in as that administrator.
func TestASmallTokenAddsNoCredentialToAnotherAdministrator(t *testing.T) {
	t.Parallel()
	h := open(t)
	root, boss, eve := h.person("root", admin), h.person("boss", admin), h.person("eve")
	actor := h.as(root, directory.ScopeAPI)
	for name, operation := range h.credentialOperations(actor, boss) {
		switch name {
		case "add an SSH key to another", "add an address to another", "change an address", "change a password", "add an identity",
			"make a token of another", "open a session of another":
			faulty(t, operation(), "scope", directory.SmallScope)
		}
	}
	faulty(t, h.change(actor, root.ID, directory.UserChange{Identity: &directory.Identity{Provider: "ldap", ExternalUID: "1"}}), "scope", directory.SmallScope)
	h.must(none(h.AddKey(t.Context(), actor, eve.ID, directory.NewKey{Key: sshLine(t), Title: "of a user"})))
	h.must(none(h.AddKey(t.Context(), actor, root.ID, directory.NewKey{Key: sshLine(t), Title: "own"})))
	h.must(none(h.AddKey(t.Context(), h.as(root), boss.ID, directory.NewKey{Key: sshLine(t), Title: "by full scope"})))
	acting := need(t, func() (directory.Actor, error) { return h.ActAs(t.Context(), h.as(root), "boss") })
	h.must(none(h.AddKey(t.Context(), acting, boss.ID, directory.NewKey{Key: sshLine(t), Title: "acting"})))
}
