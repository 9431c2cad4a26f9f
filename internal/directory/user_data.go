package directory

import (
	"context"
	"slices"
)

// Dossier is all that is stored of a person, but for secrets: those are not
// information about somebody, and whoever reads them could come in.
type PersonalData struct {
	User        User
	Memberships []Membership
	Projects    map[OrgID][]Project // by organization
	Keys        []SSHKey
	Tokens      []AccessToken
	Sessions    []Session
	Invitations []Invitation // to any of the person's proven addresses
	Events      []Event      // about the person, or by them
}

// maxDossierEvents is how many events a dossier holds, the latest: more would keep a
// server busy for somebody who asks for nothing else.
const maxPersonalEvents = 10_000

// PersonalData gathers what is stored of a person (GDPR, articles 15 and 20): for
// the person, or for an administrator. It is recorded. Of the events it holds the
// latest 10,000; [Directory.Events] has all. It needs a credential of full scope, for
// no other deed shows so much of somebody at once, logins and where they came from
// included: a token that a script lost must not give that away.
func (d *Directory) PersonalData(ctx context.Context, actor Actor, id UserID) (PersonalData, error) {
	var all PersonalData
	if err := d.Can(ctx, actor, SelfCredentials, 0); err != nil {
		return all, err
	}
	err := d.store.Read(ctx, func(tx Reader) error {
		self, err := authorize(tx, actor, SelfCredentials, 0)
		if err == nil {
			err = requireSelfOrAdmin(tx, actor, self, id)
		}
		if err == nil {
			err = requireFullScope(actor)
		}
		if err == nil {
			all, err = readPersonalData(tx, id)
		}
		return err
	})
	if err != nil {
		return PersonalData{}, err
	}
	all.Invitations = d.withStatuses(all.Invitations)
	// The writers' turn is not held while it is gathered; whoever lost the right to it
	// meanwhile gets nothing.
	return all, d.update(ctx, actor, SelfCredentials, 0, func(tx Writer, self User) error {
		if err := requireSelfOrAdmin(tx, actor, self, id); err != nil {
			return err
		}
		return d.recordUser(tx, actor, UserExport, id, "")
	})
}

func readPersonalData(tx Reader, id UserID) (PersonalData, error) {
	u, err := tx.User(id)
	if err != nil {
		return PersonalData{}, err
	}
	all := PersonalData{User: u, Projects: map[OrgID][]Project{}}
	read := []func() error{
		func() (err error) { all.Memberships, err = tx.Memberships(id); return err },
		func() (err error) { all.Keys, err = tx.Keys(id); return err },
		func() (err error) { all.Tokens, err = tx.Tokens(id); return err },
		func() (err error) { all.Sessions, err = tx.Sessions(id); return err },
		func() error { return all.readInvitations(tx) },
		func() error { return all.readProjects(tx) },
		func() error { return all.readEvents(tx) },
	}
	for _, one := range read {
		if err := one(); err != nil {
			return all, err
		}
	}
	return all, nil
}

func (a *PersonalData) readInvitations(tx Reader) error {
	for _, e := range a.User.verifiedEmails() {
		sent, err := tx.InvitationsFor(e.Address)
		if err != nil {
			return err
		}
		a.Invitations = append(a.Invitations, sent...)
	}
	return nil
}

func (a *PersonalData) readProjects(tx Reader) error {
	for _, m := range a.Memberships {
		assigned, err := tx.Assignments(m.Organization.ID, []UserID{a.User.ID})
		if err != nil {
			return err
		}
		a.Projects[m.Organization.ID] = assigned[a.User.ID]
	}
	return nil
}

// addEvents leaves out from where others acted.
func (a *PersonalData) readEvents(tx Reader) error {
	for _, filter := range []EventFilter{{User: a.User.ID}, {Actor: a.User.ID}} {
		filter.Descending, filter.Limit = true, maxPersonalEvents
		events, err := tx.Events(filter)
		if err != nil {
			return err
		}
		a.Events = append(a.Events, events...)
	}
	slices.SortFunc(a.Events, func(x, y Event) int { return int(x.ID - y.ID) })
	a.Events = slices.CompactFunc(a.Events, func(x, y Event) bool { return x.ID == y.ID })
	a.Events = a.Events[max(0, len(a.Events)-maxPersonalEvents):]
	for i, e := range a.Events {
		if e.Actor != a.User.ID && e.Impersonator != a.User.ID {
			a.Events[i].Address = ""
		}
	}
	return nil
}

// proven are the addresses that the person has shown to be theirs. Anybody can say
// that an address is.
func (u User) verifiedEmails() []Email {
	return slices.DeleteFunc(slices.Clone(u.Emails), func(e Email) bool { return !e.Verified && !e.PreviousPrimary })
}

// EraseUser deletes a person, and what names them beyond what [Directory.DeleteUser]
// removes: invitations to their proven addresses, and letters to those that wait. The
// events stay and can still be verified: they name people by id alone. The network
// addresses in them go when events become too old (see [Options.KeepEvents]). Who
// erases themselves needs a credential of full scope, as for every end of one's own
// account.
func (d *Directory) EraseUser(ctx context.Context, actor Actor, id UserID) error {
	return d.update(ctx, actor, UsersManage, 0, func(tx Writer, _ User) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		if err := d.deleteUser(tx, actor, u, "erased"); err != nil {
			return err
		}
		var addresses []string
		for _, e := range u.verifiedEmails() {
			addresses = append(addresses, e.Address)
		}
		if err := d.deleteInvitedUsersAt(tx, actor, addresses); err != nil {
			return err
		}
		return tx.DropInvitationsAndMailTo(addresses)
	})
}
