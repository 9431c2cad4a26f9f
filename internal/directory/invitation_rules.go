package directory

import (
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/maillink"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// invitationRules are the rules of the directory for accounts that accept an invitation.
type invitationRules struct{ directory *Directory }

func (r invitationRules) RevokeAllAccess(tx model.Writer, actor model.Actor, u model.User) error {
	return r.directory.revokeAllAccess(tx, actor, u)
}

func (r invitationRules) VerifyEmail(tx model.Writer, actor model.Actor, u model.User, e model.Email) error {
	return r.directory.verifyEmail(tx, actor, u, e, model.PendingRegistration{})
}

func (r invitationRules) Activate(tx model.Writer, actor model.Actor, u model.User) error {
	return r.directory.activate(tx, actor, u)
}

func (r invitationRules) ReleaseEmail(tx model.Writer, actor model.Actor, holder model.User, address string) error {
	return r.directory.releaseEmail(tx, actor, holder, address)
}

func (r invitationRules) SendVerification(tx model.Writer, actor model.Actor, u model.User) error {
	return r.directory.links.Send(tx, actor, u, u.Primary(), model.VerifyEmail, model.VerifyMessage, maillink.VerifyLifetime)
}

// joinByInvitation makes the user of a login a member by an invitation.
func (d *Directory) joinByInvitation(tx model.Writer, actor model.Actor, u model.User, token secret.Text) error {
	return invitation.Join(tx, d.Invites, actor, u, token)
}
