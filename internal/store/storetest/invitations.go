package storetest

import (
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
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
	i := directory.Invitation{
		Org: org.ID, Role: directory.RoleAdmin, Email: "Émile@Example.org", User: bea.ID, Inviter: ada.ID,
		CreatedAt: sampleTime(), ExpiresAt: sampleTime().Add(time.Hour),
	}
	bare := directory.Invitation{Org: org.ID, Role: directory.RoleMember, Email: "other@example.org"}
	f.update(func(tx directory.Writer) error {
		if err := tx.AddInvitation(&i, []byte("one")); err != nil {
			return err
		}
		return tx.AddInvitation(&bare, []byte("two"))
	})
	byID := func(tx directory.Reader) (directory.Invitation, error) { return tx.Invitation(i.ID) }
	f.wantEqual("by id", readValue(f, byID), i)
	f.wantEqual("by hash", readValue(f, func(tx directory.Reader) (directory.Invitation, error) { return tx.InvitationByHash([]byte("one")) }), i)
	f.wantEqual("of the organization", readValue(f, func(tx directory.Reader) ([]directory.Invitation, error) { return tx.Invitations(org.ID, 0, 0) }),
		[]directory.Invitation{i, bare})
	f.wantEqual("of the inviter", readValue(f, func(tx directory.Reader) ([]directory.Invitation, error) { return tx.InvitationsBy(i.Inviter) }),
		[]directory.Invitation{i})
	f.wantEqual("for the address", readValue(f, func(tx directory.Reader) ([]directory.Invitation, error) {
		return tx.InvitationsFor("éMILE@example.ORG")
	}),
		[]directory.Invitation{i})
	f.wantEqual("of the waiting user", readValue(f, func(tx directory.Reader) ([]directory.Invitation, error) { return tx.InvitationsOf(bea.ID) }),
		[]directory.Invitation{i})
	f.wantEqual("of another user", len(readValue(f, func(tx directory.Reader) ([]directory.Invitation, error) { return tx.InvitationsOf(ada.ID) })), 0)
	i.Role, i.Email, i.User, i.Inviter = directory.RolePending, "new@example.org", ada.ID, 0
	i.ExpiresAt, i.AcceptedAt, i.RevokedAt = sampleTime().Add(2*time.Hour), sampleTime().Add(time.Second), sampleTime().Add(time.Minute)
	f.update(func(tx directory.Writer) error { return tx.ChangeInvitation(i) })
	f.wantEqual("changed", readValue(f, byID), i)
	wantNotFound(f, "invitation", func(tx directory.Reader) (directory.Invitation, error) { return tx.Invitation(99) })
}

func invitationHash(f fixture) {
	i := directory.Invitation{Org: f.organization("One").ID, Role: directory.RoleMember, Email: "a@example.org"}
	f.update(func(tx directory.Writer) error { return tx.AddInvitation(&i, []byte("old")) })
	f.update(func(tx directory.Writer) error { return tx.PutInvitationHash(i.ID, []byte("new")) })
	f.wantEqual("by the new hash", readValue(f, func(tx directory.Reader) (directory.Invitation, error) { return tx.InvitationByHash([]byte("new")) }), i)
	wantNotFound(f, "old hash", func(tx directory.Reader) (directory.Invitation, error) { return tx.InvitationByHash([]byte("old")) })
	f.wantKind(f.failedUpdate(func(tx directory.Writer) error { return tx.PutInvitationHash(99, []byte("x")) }), fault.NotFound)
}

func invitationProjects(f fixture) {
	org := f.organization("One")
	i := directory.Invitation{Org: org.ID, Role: directory.RoleMember, Email: "a@example.org"}
	other := directory.Invitation{Org: org.ID, Role: directory.RoleMember, Email: "b@example.org"}
	var ids []directory.ProjectID
	f.update(func(tx directory.Writer) error {
		for _, name := range []string{"one", "two", "three"} {
			p := directory.Project{Org: org.ID, Name: name, Permalink: name, Status: directory.ProjectActive}
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
	of := func(id directory.InvitationID) []directory.ProjectID {
		return readValue(f, func(tx directory.Reader) ([]directory.ProjectID, error) { return tx.InvitationProjects(id) })
	}
	put := func(projects ...directory.ProjectID) {
		f.update(func(tx directory.Writer) error { return tx.PutInvitationProjects(i.ID, projects) })
	}
	f.wantEqual("at first", of(i.ID), []directory.ProjectID{})
	put(ids[2], ids[0], ids[2])
	f.wantEqual("by id, each once", of(i.ID), []directory.ProjectID{ids[0], ids[2]})
	put(ids[1], ids[2])
	f.wantEqual("the whole list", of(i.ID), []directory.ProjectID{ids[1], ids[2]})
	f.wantEqual("of another invitation", of(other.ID), []directory.ProjectID{})
	f.update(func(tx directory.Writer) error { return tx.DropProject(ids[1]) })
	f.wantEqual("after one was deleted", of(i.ID), []directory.ProjectID{ids[2]})
}

func linkRoundTrip(f fixture) {
	u := f.user("ada")
	l := directory.Link{
		Purpose: directory.ResetPassword, User: u.ID, Email: "Ada@example.org", PasswordVersion: 4,
		CreatedAt: sampleTime(), ExpiresAt: sampleTime().Add(time.Hour), UsedAt: sampleTime().Add(time.Minute),
		Registration: directory.PendingRegistration{Username: "ada", Organization: "Analytical Engines"},
	}
	setup := directory.Link{Purpose: directory.Setup}
	f.update(func(tx directory.Writer) error {
		if err := tx.AddLink(&l, []byte("one")); err != nil {
			return err
		}
		return tx.AddLink(&setup, []byte("two"))
	})
	f.wantEqual("link", readValue(f, link("one")), l)
	f.wantEqual("link without a user", readValue(f, link("two")), setup)
	wantNotFound(f, "link", link("three"))
}

func link(hash string) func(directory.Reader) (directory.Link, error) {
	return func(tx directory.Reader) (directory.Link, error) { return tx.LinkByHash([]byte(hash)) }
}

func linkUse(f fixture) {
	l := directory.Link{Purpose: directory.Setup, ExpiresAt: sampleTime()}
	f.update(func(tx directory.Writer) error { return tx.AddLink(&l, []byte("one")) })
	f.update(func(tx directory.Writer) error { return tx.UseLink(l.ID, sampleTime()) })
	l.UsedAt = sampleTime()
	f.wantEqual("used link", readValue(f, link("one")), l)
	f.wantKind(f.failedUpdate(func(tx directory.Writer) error { return tx.UseLink(l.ID, sampleTime()) }), fault.NotFound)
}

func linksOfUser(f fixture) {
	ada, bea := f.user("ada"), f.user("bea")
	links := []directory.Link{
		{Purpose: directory.VerifyEmail, User: ada.ID, Email: "Ada@example.org", CreatedAt: sampleTime(), ExpiresAt: sampleTime(), Registration: directory.PendingRegistration{Username: "ada"}},
		{Purpose: directory.ResetPassword, User: ada.ID, Email: "second@example.org", UsedAt: sampleTime()},
		{Purpose: directory.VerifyEmail, User: bea.ID},
		{Purpose: directory.Setup},
	}
	f.update(func(tx directory.Writer) error {
		for i := range links {
			if err := tx.AddLink(&links[i], []byte{byte(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	of := func(u directory.User) []directory.Link {
		return readValue(f, func(tx directory.Reader) ([]directory.Link, error) { return tx.Links(u.ID) })
	}
	f.wantEqual("all of one user", of(ada), links[:2])
	f.update(func(tx directory.Writer) error { return tx.DropLink(links[0].ID) })
	f.wantEqual("after one was dropped", of(ada), links[1:2])
	f.wantEqual("of another user", of(bea), links[2:3])
}

func linkDrops(f fixture) {
	ada, bea := f.user("ada"), f.user("bea")
	f.update(func(tx directory.Writer) error {
		for hash, l := range map[string]directory.Link{
			"ada reset":  {Purpose: directory.ResetPassword, User: ada.ID},
			"bea reset":  {Purpose: directory.ResetPassword, User: bea.ID},
			"bea verify": {Purpose: directory.VerifyEmail, User: bea.ID},
			"bea revert": {Purpose: directory.RevertEmail, User: bea.ID},
			"setup":      {Purpose: directory.Setup},
		} {
			if err := tx.AddLink(&l, []byte(hash)); err != nil {
				return err
			}
		}
		if err := tx.DropLinks(ada.ID); err != nil {
			return err
		}
		return tx.DropLinksFor(directory.VerifyEmail)
	})
	for hash, stays := range map[string]bool{"ada reset": false, "bea reset": true, "bea verify": false, "bea revert": true, "setup": true} {
		f.wantEqual(hash, present(f, func(tx directory.Reader) error { _, err := link(hash)(tx); return err }), stays)
	}
}
