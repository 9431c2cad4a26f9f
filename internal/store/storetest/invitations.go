package storetest

import (
	"time"

	"roster.example/roster/internal/directory"
)

func invitationPromises() []promise {
	return []promise{
		{"an invitation comes back as written and as changed", invitationRoundTrip},
		{"a new link of an invitation replaces the old one", invitationHash},
		{"a one-time link comes back as written", linkRoundTrip},
		{"a one-time link is used once", linkUse},
		{"one-time links are dropped by person and by purpose", linkDrops},
	}
}

func invitationRoundTrip(f fixture) {
	org, ada, bea := f.organization("One"), f.user("ada"), f.user("bea")
	i := directory.Invitation{
		Org: org.ID, Role: directory.RoleAdmin, Email: "Émile@Example.org", User: bea.ID, Inviter: ada.ID,
		CreatedAt: moment(), ExpiresAt: moment().Add(time.Hour),
	}
	bare := directory.Invitation{Org: org.ID, Role: directory.RoleMember, Email: "other@example.org"}
	f.update(func(tx directory.Writer) error {
		if err := tx.AddInvitation(&i, []byte("one")); err != nil {
			return err
		}
		return tx.AddInvitation(&bare, []byte("two"))
	})
	byID := func(tx directory.Reader) (directory.Invitation, error) { return tx.Invitation(i.ID) }
	f.same("by id", read(f, byID), i)
	f.same("by hash", read(f, func(tx directory.Reader) (directory.Invitation, error) { return tx.InvitationByHash([]byte("one")) }), i)
	f.same("of the organization", read(f, func(tx directory.Reader) ([]directory.Invitation, error) { return tx.Invitations(org.ID) }),
		[]directory.Invitation{i, bare})
	f.same("for the address", read(f, func(tx directory.Reader) ([]directory.Invitation, error) {
		return tx.InvitationsFor("éMILE@example.ORG")
	}),
		[]directory.Invitation{i})
	i.Role, i.Email, i.User, i.Inviter = directory.RolePending, "new@example.org", ada.ID, 0
	i.ExpiresAt, i.AcceptedAt, i.RevokedAt = moment().Add(2*time.Hour), moment().Add(time.Second), moment().Add(time.Minute)
	f.update(func(tx directory.Writer) error { return tx.ChangeInvitation(i) })
	f.same("changed", read(f, byID), i)
	missing(f, "invitation", func(tx directory.Reader) (directory.Invitation, error) { return tx.Invitation(99) })
}

func invitationHash(f fixture) {
	i := directory.Invitation{Org: f.organization("One").ID, Role: directory.RoleMember, Email: "a@example.org"}
	f.update(func(tx directory.Writer) error { return tx.AddInvitation(&i, []byte("old")) })
	f.update(func(tx directory.Writer) error { return tx.PutInvitationHash(i.ID, []byte("new")) })
	f.same("by the new hash", read(f, func(tx directory.Reader) (directory.Invitation, error) { return tx.InvitationByHash([]byte("new")) }), i)
	missing(f, "old hash", func(tx directory.Reader) (directory.Invitation, error) { return tx.InvitationByHash([]byte("old")) })
	f.wantKind(f.refused(func(tx directory.Writer) error { return tx.PutInvitationHash(99, []byte("x")) }), directory.NotFound)
}

func linkRoundTrip(f fixture) {
	u := f.user("ada")
	l := directory.Link{
		Purpose: directory.ResetPassword, User: u.ID, Email: "Ada@example.org", PasswordVersion: 4,
		CreatedAt: moment(), ExpiresAt: moment().Add(time.Hour), UsedAt: moment().Add(time.Minute),
	}
	setup := directory.Link{Purpose: directory.Setup}
	f.update(func(tx directory.Writer) error {
		if err := tx.AddLink(&l, []byte("one")); err != nil {
			return err
		}
		return tx.AddLink(&setup, []byte("two"))
	})
	f.same("link", read(f, link("one")), l)
	f.same("link for nobody", read(f, link("two")), setup)
	missing(f, "link", link("three"))
}

func link(hash string) func(directory.Reader) (directory.Link, error) {
	return func(tx directory.Reader) (directory.Link, error) { return tx.LinkByHash([]byte(hash)) }
}

func linkUse(f fixture) {
	l := directory.Link{Purpose: directory.Setup, ExpiresAt: moment()}
	f.update(func(tx directory.Writer) error { return tx.AddLink(&l, []byte("one")) })
	f.update(func(tx directory.Writer) error { return tx.UseLink(l.ID, moment()) })
	l.UsedAt = moment()
	f.same("used link", read(f, link("one")), l)
	f.wantKind(f.refused(func(tx directory.Writer) error { return tx.UseLink(l.ID, moment()) }), directory.NotFound)
}

func linkDrops(f fixture) {
	ada, bea := f.user("ada"), f.user("bea")
	f.update(func(tx directory.Writer) error {
		for hash, l := range map[string]directory.Link{
			"ada reset":  {Purpose: directory.ResetPassword, User: ada.ID},
			"bea reset":  {Purpose: directory.ResetPassword, User: bea.ID},
			"bea verify": {Purpose: directory.VerifyEmail, User: bea.ID},
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
	for hash, stays := range map[string]bool{"ada reset": false, "bea reset": true, "bea verify": false, "setup": true} {
		f.same(hash, present(f, func(tx directory.Reader) error { _, err := link(hash)(tx); return err }), stays)
	}
}
