package storetest

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func deletionTests() []contractTest {
	return []contractTest{
		{"with a user all their records are deleted, and none of other users", dropUser},
		{"events are kept when their user is deleted", eventsStay},
		{"with an organization its members, roles, projects and invitations are deleted", dropOrganization},
	}
}

// addEverything adds one record of each kind for a user.
func addEverything(tx model.Writer, u model.User, o model.Organization, p model.Project) error {
	k := sampleKey(u.ID)
	k.Fingerprint += u.Username
	hash := []byte(u.Username)
	for _, step := range []func() error{
		func() error { return tx.PutPassword(u.ID, "hash") },
		func() error {
			return tx.PutIdentity(model.Identity{User: u.ID, Provider: "ldap", ExternalUID: u.Username})
		},
		func() error { return tx.PutMember(model.Member{Org: o.ID, User: u.ID, Role: model.RoleMember}) },
		func() error { return tx.PutAssigned(p.ID, []model.UserID{u.ID}) },
		func() error { return tx.AddKey(&k) },
		func() error { return tx.AddToken(&model.AccessToken{Owner: u.ID}, hash) },
		func() error { return tx.PutAPIKey(model.APIKey{Owner: u.ID, Lookup: hash, Sealed: hash}) },
		func() error {
			return tx.AddSession(&model.Session{User: u.ID, Kind: model.PM415Login, Org: o.ID}, hash)
		},
		func() error { return tx.AddLink(&model.Link{Purpose: model.VerifyEmail, User: u.ID}, hash) },
		func() error {
			return tx.AddInvitation(&model.Invitation{Org: o.ID, Role: model.RoleMember, Email: u.Username, User: u.ID}, hash)
		},
		func() error { return record(tx, model.Event{At: sampleTime(), Actor: u.ID, User: u.ID}) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// lookups returns the reads that find what addEverything added.
func lookups(u model.User, o model.Organization, p model.Project) map[string]func(tx model.Reader) error {
	hash := []byte(u.Username)
	return map[string]func(tx model.Reader) error{
		"address":    func(tx model.Reader) error { _, err := tx.UserByEmail(u.Emails[0].Address); return err },
		"identity":   func(tx model.Reader) error { _, err := tx.UserByIdentity("ldap", u.Username); return err },
		"member":     func(tx model.Reader) error { _, err := tx.Member(o.ID, u.ID); return err },
		"key":        func(tx model.Reader) error { _, err := tx.KeyByFingerprint("SHA256:aaa" + u.Username); return err },
		"token":      func(tx model.Reader) error { _, err := tx.TokenByHash(hash); return err },
		"api key":    func(tx model.Reader) error { _, err := tx.APIKeyOf(u.ID); return err },
		"session":    func(tx model.Reader) error { _, err := tx.SessionByHash(hash); return err },
		"link":       func(tx model.Reader) error { _, err := tx.LinkByHash(hash); return err },
		"invitation": func(tx model.Reader) error { _, err := tx.InvitationByHash(hash); return err },
		"assignment": func(tx model.Reader) error {
			assigned, err := tx.Assigned(p.ID, 0, 0)
			if err == nil && len(assigned) == 0 {
				return fault.Missing("assignment")
			}
			return err
		},
	}
}

func (f fixture) wantLookups(stays bool, u model.User, o model.Organization, p model.Project) {
	f.Helper()
	for what, find := range lookups(u, o, p) {
		if present(f, find) != stays {
			f.Errorf("%s of %s is there: %v, want %v", what, u.Username, !stays, stays)
		}
	}
}

func dropUser(f fixture) {
	org := f.organization("One")
	ada, bea := f.user("ada"), f.user("bea")
	engine, loom := f.project(org, "engine"), f.project(org, "loom")
	invited := model.Invitation{Org: org.ID, Role: model.RoleMember, Email: "cid@example.org", Inviter: ada.ID}
	f.update(func(tx model.Writer) error {
		if err := addEverything(tx, ada, org, engine); err != nil {
			return err
		}
		if err := addEverything(tx, bea, org, loom); err != nil {
			return err
		}
		return tx.AddInvitation(&invited, []byte("cid"))
	})
	f.wantLookups(true, ada, org, engine)
	f.update(func(tx model.Writer) error { return tx.DropUser(ada.ID) })
	wantNotFound(f, "user", func(tx model.Reader) (model.User, error) { return tx.User(ada.ID) })
	f.wantLookups(false, ada, org, engine)
	f.wantLookups(true, bea, org, loom)
	invited.Inviter = 0
	f.wantEqual("invitation by the user", readValue(f, func(tx model.Reader) (model.Invitation, error) { return tx.Invitation(invited.ID) }), invited)
	if err := f.store.Check(context.Background()); err != nil {
		f.Error(err)
	}
}

func eventsStay(f fixture) {
	u := f.user("ada")
	f.update(func(tx model.Writer) error {
		return record(tx, model.Event{At: sampleTime(), Actor: u.ID, User: u.ID, Verb: model.UserCreate})
	})
	f.update(func(tx model.Writer) error { return tx.DropUser(u.ID) })
	events := f.events(model.EventFilter{User: u.ID})
	if len(events) != 1 || events[0].Actor != u.ID {
		f.Errorf("got events %v, want the one about the deleted user", events)
	}
	f.wantChain()
}

func dropOrganization(f fixture) {
	org, other, u := f.organization("One"), f.organization("Two"), f.user("ada")
	role := f.role(org, "Auditor", model.AuditRead)
	org.Default = role.ID
	engine, far := f.project(org, "engine"), f.project(other, "far")
	session := model.Session{User: u.ID, Kind: model.PM415Login, Org: org.ID}
	invited := model.Invitation{Org: org.ID, Role: role.ID, Email: "bea@example.org"}
	f.join(org, u, role.ID)
	f.join(other, u, model.RoleMember)
	f.assign(engine, u.ID)
	f.assign(far, u.ID)
	f.update(func(tx model.Writer) error {
		if err := tx.ChangeOrganization(org); err != nil {
			return err
		}
		if err := tx.AddInvitation(&invited, []byte("bea")); err != nil {
			return err
		}
		return tx.AddSession(&session, []byte("s"))
	})
	f.update(func(tx model.Writer) error { return tx.DropOrganization(org.ID) })
	wantNotFound(f, "organization", func(tx model.Reader) (model.Organization, error) { return tx.Organization(org.ID) })
	wantNotFound(f, "role", func(tx model.Reader) (model.Role, error) { return tx.Role(role.ID) })
	wantNotFound(f, "project", func(tx model.Reader) (model.Project, error) { return tx.Project(engine.ID) })
	wantNotFound(f, "invitation", func(tx model.Reader) (model.Invitation, error) { return tx.Invitation(invited.ID) })
	memberships := readValue(f, func(tx model.Reader) ([]model.Membership, error) { return tx.Memberships(u.ID) })
	f.wantEqual("memberships left", len(memberships), 1)
	f.wantUser(u)
	session.Org = 0
	f.wantEqual("session", readValue(f, func(tx model.Reader) (model.Session, error) { return tx.SessionByHash([]byte("s")) }), session)
	f.wantEqual("assigned elsewhere", len(readValue(f, func(tx model.Reader) ([]model.User, error) { return tx.Assigned(far.ID, 0, 0) })), 1)
	if err := f.store.Check(context.Background()); err != nil {
		f.Error(err)
	}
}
