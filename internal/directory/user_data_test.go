package directory_test

import (
	"testing"

	"roster.example/roster/internal/audit"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
)

func TestPersonalDataIsComplete(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("root", admin)
	ada := h.AddUser("ada")
	h.AddToken(ada, model.ScopeAPI)
	must(t, func() (model.SSHKey, error) {
		return h.AddKey(t.Context(), h.Actor(ada), ada.ID, model.NewKey{Title: "laptop", Key: sshLine(t)})
	})
	if _, err := h.AddSession("ada", model.WekanLogin); err != nil {
		t.Fatal(err)
	}
	all := must(t, func() (directory.PersonalData, error) { return h.PersonalData(t.Context(), h.Actor(ada), ada.ID) })
	if all.User.ID != ada.ID || len(all.Keys) != 1 || len(all.Tokens) == 0 || len(all.Sessions) != 1 || len(all.Memberships) != 1 {
		t.Errorf("got %+v", all)
	}
	own := 0
	for i, e := range all.Events {
		if e.User == ada.ID || e.Actor == ada.ID {
			own++
		}
		if i > 0 && e.ID <= all.Events[i-1].ID {
			t.Errorf("event %d comes after %d", e.ID, all.Events[i-1].ID)
		}
	}
	if own != len(all.Events) || own < 4 {
		t.Errorf("%d of %d events are about the person", own, len(all.Events))
	}
	eve := h.AddUser("eve")
	_, err := h.PersonalData(t.Context(), h.Actor(eve), ada.ID)
	wantKind(t, err, fault.NotFound)
	_, err = h.PersonalData(t.Context(), h.Actor(ada, model.ScopeReadAPI), ada.ID)
	wantKind(t, err, fault.Forbidden)
}

func TestErasureLeavesOnlyValidEvents(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root := h.AddUser("root", admin)
	ada := h.AddUser("ada")
	h.verifyPrimary(ada)
	acme := h.AddOrganization("Acme")
	must(t, func() (invitation.Sent, error) {
		return h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: acme.ID, Email: address("ada")})
	})
	h.Must(h.EraseUser(t.Context(), h.Actor(root), ada.ID))
	_, err := h.User(t.Context(), operator(), ada.ID)
	wantKind(t, err, fault.NotFound)
	if left := must(t, func() ([]model.Invitation, error) { return h.Invitations(t.Context(), operator(), acme.ID) }); len(left) != 0 {
		t.Errorf("invitations are left: %v", left)
	}
	if _, sent := h.NextEmail(address("ada")); sent {
		t.Error("a letter to the person is still on its way")
	}
	must(t, func() (audit.ChainReport, error) { return h.VerifyChain(t.Context(), operator()) })
	wantKind(t, h.EraseUser(t.Context(), h.Actor(root), ada.ID), fault.NotFound)
	wantFault(t, h.EraseUser(t.Context(), h.SessionOf("root"), root.ID), "admin", fault.LastAdmin)
}

// verifyPrimary verifies the primary address of a user.
func (h *fixture) verifyPrimary(u model.User) {
	h.T.Helper()
	e := u.Primary()
	e.Verified = true
	h.Must(h.Store.Update(h.T.Context(), func(tx model.Writer) error { return tx.ChangeEmail(e) }))
}

func TestUnverifiedAddressRevealsNothing(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, eve, acme := h.AddUser("root", admin), h.AddUser("eve"), h.AddOrganization("Acme")
	victim := must(t, func() (invitation.Sent, error) {
		return h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: acme.ID, Email: "victim@example.org"})
	})
	must(t, func() (model.Email, error) {
		return h.AddEmail(t.Context(), h.Actor(eve), eve.ID, "victim@example.org")
	})
	all := must(t, func() (directory.PersonalData, error) { return h.PersonalData(t.Context(), h.Actor(eve), eve.ID) })
	if len(all.Invitations) != 0 {
		t.Errorf("eve reads %v", all.Invitations)
	}
	h.Must(h.EraseUser(t.Context(), h.Actor(root), eve.ID))
	left := must(t, func() ([]model.Invitation, error) { return h.Invitations(t.Context(), operator(), acme.ID) })
	if len(left) != 1 || left[0].ID != victim.Invitation.ID {
		t.Errorf("the victim's invitation went with eve: %v", left)
	}
}

func TestPersonalDataHasNoAddressesOfOthers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, ada := h.AddUser("root", admin), h.AddUser("ada")
	must(t, func() (model.User, error) {
		return h.ChangeUser(t.Context(), h.Actor(root), ada.ID, directory.UserChange{Bio: ref("x")})
	})
	own := h.Actor(ada)
	must(t, func() (model.User, error) {
		return h.ChangeMe(t.Context(), own, directory.SelfChange{FamilyName: ref("Y")})
	})
	lineSeq := 0
	for _, e := range must(t, func() (directory.PersonalData, error) { return h.PersonalData(t.Context(), own, ada.ID) }).Events {
		if e.Actor != ada.ID && e.Address != "" {
			t.Errorf("event %d tells %q of whoever did %s", e.ID, e.Address, e.Verb)
		}
		if e.Actor == ada.ID && e.Address != "" {
			lineSeq++
		}
	}
	if lineSeq == 0 {
		t.Error("nor from where the person did")
	}
}
