package directory

import (
	"slices"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/maillink"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// An invited user is created by an invitation with names, so that lists of the organization
// include the user before the invitation is accepted. It belongs to that invitation: only its
// mailed token turns it into an account. Its address reserves nothing (see [model.Email.Invited]).
// The rules are in docs/adr/0017-invitations-and-links.md.

// rejectInvitedUser returns an error for an invited user, for changes that would give it a
// credential or a permission.
func rejectInvitedUser(u model.User) error {
	if !u.IsInvited() {
		return nil
	}
	return fault.New(fault.Conflict, "this user has not accepted their invitation yet; send it again instead", fault.Field{Name: "state", Code: fault.Inactive})
}

// replacedByAdministrator is the detail of the event when an administrator replaced an invited
// user.
const replacedByAdministrator = "replaced by an administrator"

// replaceInvitedUsers deletes the invited users with the address of u, which an administrator
// has created, in the organizations of u.
func (d *Directory) replaceInvitedUsers(tx model.Writer, actor model.Actor, u model.User) error {
	key := emailaddress.Key(u.Primary().Address)
	at, err := tx.InvitedUsersAt([]string{key})
	if err != nil || len(at[key]) == 0 {
		return err
	}
	memberships, err := tx.Memberships(u.ID)
	if err != nil {
		return err
	}
	members, err := tx.MembersOf(at[key])
	if err != nil {
		return err
	}
	joined := func(org model.OrgID) bool {
		return slices.ContainsFunc(memberships, func(m model.Membership) bool { return m.Organization.ID == org })
	}
	for _, m := range members {
		if !joined(m.Org) {
			continue
		}
		if err := d.users.DeleteInvited(tx, actor, m.User, replacedByAdministrator); err != nil {
			return err
		}
	}
	return nil
}

// deleteInvitedUsersAt deletes the invited users with one of the addresses.
func (d *Directory) deleteInvitedUsersAt(tx model.Writer, actor model.Actor, addresses []string) error {
	keys := make([]string, len(addresses))
	for i, address := range addresses {
		keys[i] = emailaddress.Key(address)
	}
	at, err := tx.InvitedUsersAt(keys)
	if err != nil {
		return err
	}
	for _, key := range keys {
		for _, id := range at[key] {
			if err := d.users.DeleteInvited(tx, actor, id, "erased"); err != nil {
				return err
			}
		}
	}
	return nil
}

// releaseEmail takes an unverified address from an account that claimed it, for a user that
// opened a link that was mailed there. An address that is verified, that an administrator
// entered, or of an account that is not active or a service account, is a Conflict.
func (d *Directory) releaseEmail(tx model.Writer, actor model.Actor, holder model.User, address string) error {
	e, _ := holder.EmailAt(address)
	if !holder.Releases(e) {
		return fault.TakenField("email")
	}
	return d.dropClaimedEmail(tx, actor, holder, e, "mailed to another user")
}

// dropClaimedEmail removes an address that its user claimed, and makes another one primary
// if there is one. The event says why.
func (d *Directory) dropClaimedEmail(tx model.Writer, actor model.Actor, holder model.User, e model.Email, why string) error {
	if err := maillink.DropEmail(tx, e); err != nil {
		return err
	}
	if err := d.ops.Record(tx, actor, operation.EventSpec{Verb: model.EmailRemove, Target: "email", ID: int64(e.ID), User: holder.ID, Detail: why}); err != nil {
		return err
	}
	next, found := nextPrimary(holder)
	if !e.Primary || !found {
		return nil
	}
	next.Primary, next.PreviousPrimary = true, false
	if err := tx.ChangeEmail(next); err != nil {
		return err
	}
	left, err := tx.User(holder.ID)
	if err != nil {
		return err
	}
	if err := maillink.DropStale(tx, left); err != nil {
		return err
	}
	return d.ops.RecordUser(tx, actor, model.UserChanged, holder.ID, "email")
}

// nextPrimary returns the address that becomes the primary one when that is released: the
// previous primary one, else the first verified one.
func nextPrimary(u model.User) (model.Email, bool) {
	if former, found := u.FormerEmail(); found {
		return former, true
	}
	at := slices.IndexFunc(u.Emails, func(e model.Email) bool { return e.Verified && !e.Primary })
	if at < 0 {
		return model.Email{}, false
	}
	return u.Emails[at], true
}
