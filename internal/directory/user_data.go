package directory

import (
	"context"
	"slices"

	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// PersonalData is all stored data of a user, except secrets, by which a reader could log in.
type PersonalData struct {
	User        model.User
	Memberships []model.Membership
	Projects    map[model.OrgID][]model.Project // by organization
	Keys        []model.SSHKey
	Tokens      []model.AccessToken
	Sessions    []model.Session
	// Authenticators are the second factors, without what opens them.
	Authenticators []model.Authenticator
	Preferences    model.Preferences
	// NoticeAddresses are former primary addresses that receive security notices.
	NoticeAddresses []model.NoticeAddress
	Invitations     []model.Invitation // to any verified address of the user
	Events          []model.Event      // about or by the user
}

// maxPersonalEvents is the number of events in [PersonalData], the latest ones. More would
// cost too much for a request that every user can make.
const maxPersonalEvents = 10_000

// PersonalData returns all stored data of a user (GDPR, articles 15 and 20), to the user and
// administrators. It records an event. It has the latest 10,000 events; [Directory.Events] has
// all. It requires a credential of full scope, because no other operation returns as much
// about a user: a leaked token of a script must not. A session needs a recent authentication.
func (d *Directory) PersonalData(ctx context.Context, actor model.Actor, id model.UserID) (PersonalData, error) {
	var all PersonalData
	if err := d.ops.Can(ctx, actor, model.SelfCredentials, 0); err != nil {
		return all, err
	}
	err := d.store.Read(ctx, func(tx model.Reader) error {
		self, err := operation.Authorize(tx, actor, model.SelfCredentials, 0)
		if err == nil {
			err = operation.RequireSelfOrAdmin(tx, actor, self, id)
		}
		if err == nil {
			err = operation.RequireFullScope(actor)
		}
		if err == nil {
			err = d.ops.RequireRecentAuthentication(tx, actor)
		}
		if err == nil {
			all, err = readPersonalData(tx, id)
		}
		return err
	})
	if err != nil {
		return PersonalData{}, err
	}
	all.Invitations = invitation.WithStatuses(d.Invites, all.Invitations)
	// The lock of writers is not held while the data is read; the permission is checked again.
	return all, d.ops.Update(ctx, actor, model.SelfCredentials, 0, func(tx model.Writer, self model.User) error {
		if err := operation.RequireSelfOrAdmin(tx, actor, self, id); err != nil {
			return err
		}
		return d.ops.RecordUser(tx, actor, model.UserExport, id, "")
	})
}

func readPersonalData(tx model.Reader, id model.UserID) (PersonalData, error) {
	u, err := tx.User(id)
	if err != nil {
		return PersonalData{}, err
	}
	all := PersonalData{User: u, Projects: map[model.OrgID][]model.Project{}}
	read := []func() error{
		func() (err error) { all.Memberships, err = tx.Memberships(id); return err },
		func() (err error) { all.Keys, err = tx.Keys(id); return err },
		func() (err error) { all.Tokens, err = tx.Tokens(id); return err },
		func() (err error) { all.Sessions, err = tx.Sessions(id); return err },
		func() (err error) { all.Authenticators, err = tx.Authenticators(id); return err },
		func() (err error) { all.Preferences, err = tx.Preferences(id); return err },
		func() (err error) { all.NoticeAddresses, err = tx.NoticeAddresses(id); return err },
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

func (a *PersonalData) readInvitations(tx model.Reader) error {
	for _, e := range a.User.VerifiedEmails() {
		sent, err := tx.InvitationsFor(e.Address)
		if err != nil {
			return err
		}
		a.Invitations = append(a.Invitations, sent...)
	}
	return nil
}

func (a *PersonalData) readProjects(tx model.Reader) error {
	for _, m := range a.Memberships {
		assigned, err := tx.Assignments(m.Organization.ID, []model.UserID{a.User.ID})
		if err != nil {
			return err
		}
		a.Projects[m.Organization.ID] = assigned[a.User.ID]
	}
	return nil
}

// readEvents leaves out the network addresses of other actors.
func (a *PersonalData) readEvents(tx model.Reader) error {
	for _, filter := range []model.EventFilter{{User: a.User.ID}, {Actor: a.User.ID}} {
		filter.Descending, filter.Limit = true, maxPersonalEvents
		events, err := tx.Events(filter)
		if err != nil {
			return err
		}
		a.Events = append(a.Events, events...)
	}
	slices.SortFunc(a.Events, func(x, y model.Event) int { return int(x.ID - y.ID) })
	a.Events = slices.CompactFunc(a.Events, func(x, y model.Event) bool { return x.ID == y.ID })
	a.Events = a.Events[max(0, len(a.Events)-maxPersonalEvents):]
	redactAddresses(a.Events, a.User.ID)
	return nil
}

// EraseUser deletes a user and what identifies the user beyond [Directory.DeleteUser]:
// invitations and queued emails to the verified addresses. Events stay and can still be
// verified: they contain only the id, and network addresses, which are deleted with old events
// (see [Options.KeepEvents]). Erasing the own account requires what [Directory.EraseAccount] requires.
func (d *Directory) EraseUser(ctx context.Context, actor model.Actor, id model.UserID) error {
	return d.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, _ model.User) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		if isOwn(actor, u) {
			if err := d.requireCanEraseOwn(tx, actor); err != nil {
				return err
			}
		}
		return d.eraseUser(tx, actor, u)
	})
}

func (d *Directory) eraseUser(tx model.Writer, actor model.Actor, u model.User) error {
	if err := d.deleteUser(tx, actor, u, "erased"); err != nil {
		return err
	}
	var addresses []string
	for _, e := range u.VerifiedEmails() {
		addresses = append(addresses, e.Address)
	}
	if err := d.deleteInvitedUsersAt(tx, actor, addresses); err != nil {
		return err
	}
	return tx.DropInvitationsAndMailTo(addresses)
}
