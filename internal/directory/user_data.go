package directory

import (
	"context"
	"slices"
)

// PersonalData is all stored data of a user, except secrets, by which a reader could log in.
type PersonalData struct {
	User        User
	Memberships []Membership
	Projects    map[OrgID][]Project // by organization
	Keys        []SSHKey
	Tokens      []AccessToken
	Sessions    []Session
	Invitations []Invitation // to any verified address of the user
	Events      []Event      // about or by the user
}

// maxPersonalEvents is the number of events in [PersonalData], the latest ones. More would
// cost too much for a request that every user can make.
const maxPersonalEvents = 10_000

// PersonalData returns all stored data of a user (GDPR, articles 15 and 20), to the user and
// administrators. It records an event. It has the latest 10,000 events; [Directory.Events] has
// all. It requires a credential of full scope, because no other operation returns as much
// about a user: a leaked token of a script must not.
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
	// The lock of writers is not held while the data is read; the permission is checked again.
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

// readEvents leaves out the network addresses of other actors.
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

// verifiedEmails returns the addresses that the user has verified. A user may enter any
// address.
func (u User) verifiedEmails() []Email {
	return slices.DeleteFunc(slices.Clone(u.Emails), func(e Email) bool { return !e.Verified && !e.PreviousPrimary })
}

// EraseUser deletes a user and what identifies the user beyond [Directory.DeleteUser]:
// invitations and queued emails to the verified addresses. Events stay and can still be
// verified: they contain only the id, and network addresses, which are deleted with old events
// (see [Options.KeepEvents]). Erasing the own account requires a credential of full scope.
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
