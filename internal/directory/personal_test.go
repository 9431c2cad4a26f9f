package directory_test

import (
	"testing"

	"roster.example/roster/internal/directory"
)

func TestPersonalDataIsWhatIsStoredOfThePerson(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("root", admin)
	ada := h.person("ada")
	h.token(ada, directory.ScopeAPI)
	need(t, func() (directory.SSHKey, error) {
		return h.AddKey(t.Context(), h.as(ada), ada.ID, directory.NewKey{Title: "laptop", Key: sshLine(t)})
	})
	if _, err := h.login("ada", directory.WekanLogin); err != nil {
		t.Fatal(err)
	}
	all := need(t, func() (directory.Dossier, error) { return h.PersonalData(t.Context(), h.as(ada), ada.ID) })
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
	eve := h.person("eve")
	_, err := h.PersonalData(t.Context(), h.as(eve), ada.ID)
	refused(t, err, directory.NotFound)
	_, err = h.PersonalData(t.Context(), h.as(ada, directory.ScopeReadAPI), ada.ID)
	refused(t, err, directory.Forbidden)
}

func TestErasureLeavesEventsThatVerifyAndNothingElse(t *testing.T) {
	t.Parallel()
	h := open(t)
	root := h.person("root", admin)
	ada := h.person("ada")
	h.prove(ada)
	acme := h.org("Acme")
	need(t, func() (directory.SentInvitation, error) {
		return h.Invite(t.Context(), operator(), directory.NewInvitation{Org: acme.ID, Email: address("ada")})
	})
	h.must(h.EraseUser(t.Context(), h.as(root), ada.ID))
	_, err := h.User(t.Context(), operator(), ada.ID)
	refused(t, err, directory.NotFound)
	if left := need(t, func() ([]directory.Invitation, error) { return h.Invitations(t.Context(), operator(), acme.ID) }); len(left) != 0 {
		t.Errorf("invitations are left: %v", left)
	}
	if _, sent := h.mail(address("ada")); sent {
		t.Error("a letter to the person is still on its way")
	}
	need(t, func() (directory.ChainReport, error) { return h.VerifyChain(t.Context(), operator()) })
	refused(t, h.EraseUser(t.Context(), h.as(root), ada.ID), directory.NotFound)
	faulty(t, h.EraseUser(t.Context(), h.as(root), root.ID), "admin", directory.LastAdmin)
}

// prove makes the primary address of a person one that they have shown to be theirs.
func (h *house) prove(u directory.User) {
	h.t.Helper()
	e := u.Primary()
	e.Verified = true
	h.must(h.store.Update(h.t.Context(), func(tx directory.Writer) error { return tx.ChangeEmail(e) }))
}

func TestAnAddressThatNobodyProvedOpensNothingAboutItsHolder(t *testing.T) {
	t.Parallel()
	h := open(t)
	root, eve, acme := h.person("root", admin), h.person("eve"), h.org("Acme")
	victim := need(t, func() (directory.SentInvitation, error) {
		return h.Invite(t.Context(), operator(), directory.NewInvitation{Org: acme.ID, Email: "victim@example.org"})
	})
	need(t, func() (directory.Email, error) {
		return h.AddEmail(t.Context(), h.as(eve), eve.ID, "victim@example.org")
	})
	all := need(t, func() (directory.Dossier, error) { return h.PersonalData(t.Context(), h.as(eve), eve.ID) })
	if len(all.Invitations) != 0 {
		t.Errorf("eve reads %v", all.Invitations)
	}
	h.must(h.EraseUser(t.Context(), h.as(root), eve.ID))
	left := need(t, func() ([]directory.Invitation, error) { return h.Invitations(t.Context(), operator(), acme.ID) })
	if len(left) != 1 || left[0].ID != victim.Invitation.ID {
		t.Errorf("the victim's invitation went with eve: %v", left)
	}
}

func TestPersonalDataDoesNotTellFromWhereOthersActed(t *testing.T) {
	t.Parallel()
	h := open(t)
	root, ada := h.person("root", admin), h.person("ada")
	need(t, func() (directory.User, error) {
		return h.ChangeUser(t.Context(), h.as(root), ada.ID, directory.UserChange{Bio: ref("x")})
	})
	own := h.as(ada)
	need(t, func() (directory.User, error) {
		return h.ChangeMe(t.Context(), own, directory.SelfChange{FamilyName: ref("Y")})
	})
	told := 0
	for _, e := range need(t, func() (directory.Dossier, error) { return h.PersonalData(t.Context(), own, ada.ID) }).Events {
		if e.Actor != ada.ID && e.Address != "" {
			t.Errorf("event %d tells %q of whoever did %s", e.ID, e.Address, e.Verb)
		}
		if e.Actor == ada.ID && e.Address != "" {
			told++
		}
	}
	if told == 0 {
		t.Error("nor from where the person did")
	}
}
