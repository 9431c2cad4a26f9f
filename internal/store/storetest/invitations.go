package storetest

import (
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func invitationTests() []contractTest {
	return []contractTest{
		{"an invitation is read as written and as changed", invitationRoundTrip},
		{"a new link of an invitation replaces the old one", invitationHash},
		{"an invitation has its projects, without those deleted since", invitationProjects},
		{"a one-time link is read as written", linkRoundTrip},
		{"a one-time link is used once", linkUse},
		{"one-time links are deleted by user and by purpose", linkDrops},
		{"one-time links of a user are listed and deleted one by one", linksOfUser},
	}
}

func invitationRoundTrip(f fixture) {
	org, ada, bea := f.organization("One"), f.user("ada"), f.user("bea")
	i := model.Invitation{
		Org: org.ID, Role: model.RoleAdmin, Email: "Émile@Example.org", User: bea.ID, Inviter: ada.ID,
		CreatedAt: sampleTime(), ExpiresAt: sampleTime().Add(time.Hour),
	}
	bare := model.Invitation{Org: org.ID, Role: model.RoleMember, Email: "other@example.org"}
	f.update(func(tx model.Writer) error {
		if err := tx.AddInvitation(&i, []byte("one")); err != nil {
			return err
		}
		return tx.AddInvitation(&bare, []byte("two"))
	})
	byID := func(tx model.Reader) (model.Invitation, error) { return tx.Invitation(i.ID) }
	f.wantEqual("by id", readValue(f, byID), i)
	f.wantEqual("by hash", readValue(f, func(tx model.Reader) (model.Invitation, error) { return tx.InvitationByHash([]byte("one")) }), i)
	newest := func(before model.InvitationID, limit int) (ids []model.InvitationID) {
		for _, i := range readValue(f, func(tx model.Reader) ([]model.Invitation, error) { return tx.NewestInvitations(org.ID, before, limit) }) {
			ids = append(ids, i.ID)
		}
		return ids
	}
	if all := newest(0, 0); len(all) > 0 {
		f.wantEqual("the newest", newest(0, 1), all[:1])
		f.wantEqual("those before the newest", newest(all[0], 0), all[1:])
	}
	f.wantEqual("of the organization", readValue(f, func(tx model.Reader) ([]model.Invitation, error) { return tx.Invitations(org.ID, 0, 0) }),
		[]model.Invitation{i, bare})
	f.wantEqual("of the inviter", readValue(f, func(tx model.Reader) ([]model.Invitation, error) { return tx.InvitationsBy(i.Inviter) }),
		[]model.Invitation{i})
	f.wantEqual("for the address", readValue(f, func(tx model.Reader) ([]model.Invitation, error) {
		return tx.InvitationsFor("éMILE@example.ORG")
	}),
		[]model.Invitation{i})
	f.wantEqual("of the waiting user", readValue(f, func(tx model.Reader) ([]model.Invitation, error) { return tx.InvitationsOf(bea.ID) }),
		[]model.Invitation{i})
	f.wantEqual("of another user", len(readValue(f, func(tx model.Reader) ([]model.Invitation, error) { return tx.InvitationsOf(ada.ID) })), 0)
	i.Role, i.Email, i.User, i.Inviter = model.RolePending, "new@example.org", ada.ID, 0
	i.ExpiresAt, i.AcceptedAt, i.RevokedAt = sampleTime().Add(2*time.Hour), sampleTime().Add(time.Second), sampleTime().Add(time.Minute)
	f.update(func(tx model.Writer) error { return tx.ChangeInvitation(i) })
	f.wantEqual("changed", readValue(f, byID), i)
	wantNotFound(f, "invitation", func(tx model.Reader) (model.Invitation, error) { return tx.Invitation(99) })
}

func invitationHash(f fixture) {
	i := model.Invitation{Org: f.organization("One").ID, Role: model.RoleMember, Email: "a@example.org"}
	f.update(func(tx model.Writer) error { return tx.AddInvitation(&i, []byte("old")) })
	f.update(func(tx model.Writer) error { return tx.PutInvitationHash(i.ID, []byte("new")) })
	f.wantEqual("by the new hash", readValue(f, func(tx model.Reader) (model.Invitation, error) { return tx.InvitationByHash([]byte("new")) }), i)
	wantNotFound(f, "old hash", func(tx model.Reader) (model.Invitation, error) { return tx.InvitationByHash([]byte("old")) })
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.PutInvitationHash(99, []byte("x")) }), fault.NotFound)
}

func invitationProjects(f fixture) {
	org := f.organization("One")
	i := model.Invitation{Org: org.ID, Role: model.RoleMember, Email: "a@example.org"}
	other := model.Invitation{Org: org.ID, Role: model.RoleMember, Email: "b@example.org"}
	var ids []model.ProjectID
	f.update(func(tx model.Writer) error {
		for _, name := range []string{"one", "two", "three"} {
			p := model.Project{Org: org.ID, Name: name, Permalink: name, Status: model.ProjectActive}
			if err := tx.AddProject(&p); err != nil {
				return err
			}
			ids = append(ids, p.ID)
		}
		if err := tx.AddInvitation(&i, []byte("one")); err != nil {
			return err
		}
		return tx.AddInvitation(&other, []byte("two"))
	})
	of := func(id model.InvitationID) []model.ProjectID {
		return readValue(f, func(tx model.Reader) ([]model.ProjectID, error) { return tx.InvitationProjects(id) })
	}
	put := func(projects ...model.ProjectID) {
		f.update(func(tx model.Writer) error { return tx.PutInvitationProjects(i.ID, projects) })
	}
	f.wantEqual("at first", of(i.ID), []model.ProjectID{})
	put(ids[2], ids[0], ids[2])
	f.wantEqual("by id, each once", of(i.ID), []model.ProjectID{ids[0], ids[2]})
	put(ids[1], ids[2])
	f.wantEqual("the whole list", of(i.ID), []model.ProjectID{ids[1], ids[2]})
	f.wantEqual("of another invitation", of(other.ID), []model.ProjectID{})
	f.update(func(tx model.Writer) error { return tx.DropProject(ids[1]) })
	f.wantEqual("after one was deleted", of(i.ID), []model.ProjectID{ids[2]})
}

func linkRoundTrip(f fixture) {
	u := f.user("ada")
	l := model.Link{
		Purpose: model.ResetPassword, User: u.ID, Email: "Ada@example.org", PasswordVersion: 4,
		CreatedAt: sampleTime(), ExpiresAt: sampleTime().Add(time.Hour), UsedAt: sampleTime().Add(time.Minute),
		Registration: model.PendingRegistration{Username: "ada", Organization: "Analytical Engines"},
	}
	setup := model.Link{Purpose: model.Setup}
	f.update(func(tx model.Writer) error {
		if err := tx.AddLink(&l, []byte("one")); err != nil {
			return err
		}
		return tx.AddLink(&setup, []byte("two"))
	})
	f.wantEqual("link", readValue(f, link("one")), l)
	f.wantEqual("link without a user", readValue(f, link("two")), setup)
	wantNotFound(f, "link", link("three"))
}

func link(hash string) func(model.Reader) (model.Link, error) {
	return func(tx model.Reader) (model.Link, error) { return tx.LinkByHash([]byte(hash)) }
}

func linkUse(f fixture) {
	l := model.Link{Purpose: model.Setup, ExpiresAt: sampleTime()}
	f.update(func(tx model.Writer) error { return tx.AddLink(&l, []byte("one")) })
	f.update(func(tx model.Writer) error { return tx.UseLink(l.ID, sampleTime()) })
	l.UsedAt = sampleTime()
	f.wantEqual("used link", readValue(f, link("one")), l)
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.UseLink(l.ID, sampleTime()) }), fault.NotFound)
}

func linksOfUser(f fixture) {
	ada, bea := f.user("ada"), f.user("bea")
	links := []model.Link{
		{Purpose: model.VerifyEmail, User: ada.ID, Email: "Ada@example.org", CreatedAt: sampleTime(), ExpiresAt: sampleTime(), Registration: model.PendingRegistration{Username: "ada"}},
		{Purpose: model.ResetPassword, User: ada.ID, Email: "second@example.org", UsedAt: sampleTime()},
		{Purpose: model.VerifyEmail, User: bea.ID},
		{Purpose: model.Setup},
	}
	f.update(func(tx model.Writer) error {
		for i := range links {
			if err := tx.AddLink(&links[i], []byte{byte(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	of := func(u model.User) []model.Link {
		return readValue(f, func(tx model.Reader) ([]model.Link, error) { return tx.Links(u.ID) })
	}
	f.wantEqual("all of one user", of(ada), links[:2])
	f.update(func(tx model.Writer) error { return tx.DropLink(links[0].ID) })
	f.wantEqual("after one was dropped", of(ada), links[1:2])
	f.wantEqual("of another user", of(bea), links[2:3])
}

func linkDrops(f fixture) {
	ada, bea := f.user("ada"), f.user("bea")
	f.update(func(tx model.Writer) error {
		for hash, l := range map[string]model.Link{
			"ada reset":  {Purpose: model.ResetPassword, User: ada.ID},
			"bea reset":  {Purpose: model.ResetPassword, User: bea.ID},
			"bea verify": {Purpose: model.VerifyEmail, User: bea.ID},
			"bea revert": {Purpose: model.RevertEmail, User: bea.ID},
			"setup":      {Purpose: model.Setup},
		} {
			if err := tx.AddLink(&l, []byte(hash)); err != nil {
				return err
			}
		}
		if err := tx.DropLinks(ada.ID); err != nil {
			return err
		}
		return tx.DropLinksFor(model.VerifyEmail)
	})
	for hash, stays := range map[string]bool{"ada reset": false, "bea reset": true, "bea verify": false, "bea revert": true, "setup": true} {
		f.wantEqual(hash, present(f, func(tx model.Reader) error { _, err := link(hash)(tx); return err }), stays)
	}
}
