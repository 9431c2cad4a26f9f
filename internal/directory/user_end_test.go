package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// tokenOf returns an actor with a new token of the user; days 0 is a token that does not expire.
func (h *fixture) tokenOf(u model.User, days int, scopes ...model.Scope) model.Actor {
	h.T.Helper()
	n := credential.NewToken{Owner: u.ID, Name: aName(), Scopes: scopes}
	if days > 0 {
		n.ExpiresAt = h.Clock.Now().Add(time.Duration(days) * 24 * time.Hour)
	}
	_, token, err := h.CreateToken(h.T.Context(), operator(), n)
	h.Must(err)
	return h.ActorWith(token)
}

// Only the user erases the account: by a session that a login of the user opened.
func TestNoKeyTokenOrImpersonationErasesTheAccountOfItsUser(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	root := h.AddUser("root", admin)
	h.AddUser("second", admin)
	ada := h.addVerifiedUser("ada")
	full := []model.Scope{model.ScopeAPI, model.ScopeSudo}
	asAda, err := h.ActAs(t.Context(), h.SessionOf("root"), "ada")
	h.Must(err)
	keyAsAda, err := h.ActAs(t.Context(), h.Actor(root), "ada")
	h.Must(err)
	for name, actor := range map[string]model.Actor{
		"API key": h.Actor(ada), "token of a day": h.tokenOf(ada, 1, full...), "lasting token": h.tokenOf(ada, 0, full...),
		"session with Sudo": asAda, "API key with Sudo": keyAsAda,
	} {
		if err := h.EraseAccount(t.Context(), actor, "ada"); !fault.Has(err, "session", fault.Required) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, actor := range map[string]model.Actor{"API key": h.Actor(root), "lasting token": h.tokenOf(root, 0, full...)} {
		if err := h.EraseUser(t.Context(), actor, root.ID); !fault.Has(err, "session", fault.Required) {
			t.Errorf("erasure of the own user by its id with an %s: %v", name, err)
		}
	}
	h.Must(h.EraseUser(t.Context(), h.SessionOf("root"), root.ID))
	h.Must(h.EraseAccount(t.Context(), h.SessionOf("ada"), "ada"))
}

func TestCredentialThatExpiresDoesNotDeactivateItsUser(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("root", admin)
	ada := h.AddUser("ada")
	full := []model.Scope{model.ScopeAPI, model.ScopeSudo}
	wantFault(t, none(h.DeactivateUser(t.Context(), h.tokenOf(ada, 1, full...), ada.ID)), "expires_at", fault.TooLate)
	wantFault(t, none(h.DeactivateUser(t.Context(), h.tokenOf(ada, 0, model.ScopeAPI), ada.ID)), "scope", fault.SmallScope)
	h.Must(none(h.DeactivateUser(t.Context(), h.tokenOf(ada, 0, full...), ada.ID)))
}

// endings are the operations that end the account of another user; final ones cannot be undone.
func (h *fixture) endings(actor model.Actor, id model.UserID) (final, all map[string]error) {
	ctx := h.T.Context()
	final = map[string]error{"delete": none(h.DeleteUser(ctx, actor, id)), "erase": h.EraseUser(ctx, actor, id)}
	all = map[string]error{
		"block": none(h.BlockUser(ctx, actor, id)), "deactivate": none(h.DeactivateUser(ctx, actor, id)),
		"offboard": none(h.Offboard(ctx, actor, id, directory.Handover{})), "deny": none(h.DenyUntilRestart(ctx, actor, id)),
	}
	for name, err := range final {
		all[name] = err
	}
	return final, all
}

func TestWeakCredentialDoesNotEndAnAdministrator(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	root, second := h.AddUser("root", admin), h.AddUser("second", admin)
	h.AddUser("third", admin)
	stale := h.SessionOf("root")
	h.Clock.Advance(time.Hour)
	for name, weak := range map[string]struct {
		actor model.Actor
		field string
		code  fault.Code
	}{
		"a token without all scopes":   {h.tokenOf(root, 0, model.ScopeAPI), "scope", fault.SmallScope},
		"a token of a day":             {h.tokenOf(root, 1, model.ScopeAPI, model.ScopeSudo), "expires_at", fault.TooLate},
		"a session that is not recent": {stale, "reauthentication", fault.Required},
	} {
		_, all := h.endings(weak.actor, second.ID)
		for operation, err := range all {
			if !fault.Has(err, weak.field, weak.code) {
				t.Errorf("%s by %s: %v", operation, name, err)
			}
		}
	}
	h.Must(none(h.BlockUser(t.Context(), h.Actor(root), second.ID)))
	h.Must(none(h.DeleteUser(t.Context(), h.tokenOf(root, 0, model.ScopeAPI, model.ScopeSudo), second.ID)))
}

func TestOldSessionDeletesNoUserAndNoOrganization(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	root := h.AddUser("root", admin)
	lab := h.AddOrganization("Lab")
	stale, eve, bea := h.SessionOf("root"), h.AddUser("eve"), h.AddUser("bea")
	h.Clock.Advance(time.Hour)
	final, _ := h.endings(stale, eve.ID)
	for name, err := range final {
		if !fault.Has(err, "reauthentication", fault.Required) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantFault(t, h.DeleteOrganization(t.Context(), stale, lab.ID), "reauthentication", fault.Required)
	h.Must(none(h.BlockUser(t.Context(), stale, bea.ID))) // it can be undone
	h.Must(none(h.DeleteUser(t.Context(), h.tokenOf(root, 1, model.ScopeAPI), bea.ID)))
	h.Must(h.DeleteOrganization(t.Context(), h.Actor(root), lab.ID))
	h.Must(h.EraseUser(t.Context(), h.SessionOf("root"), eve.ID))
}
