package directory

import (
	"context"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/maillink"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// SendVerification mails a link to an unverified address again. Links that were sent
// before stay valid until they expire. A verified address is a Conflict, and so is one
// of a user that is blocked or has not accepted an invitation.
func (d *Directory) SendVerification(ctx context.Context, actor model.Actor, owner model.UserID, id model.EmailID) (model.Email, error) {
	var sent model.Email
	err := d.ops.Update(ctx, actor, model.SelfWrite, 0, func(tx model.Writer, self model.User) error {
		if err := requireCanChangeEmails(tx, actor, self, owner); err != nil {
			return err
		}
		u, err := tx.User(owner)
		if err != nil {
			return err
		}
		if sent, err = u.EmailByID(id); err != nil {
			return err
		}
		return d.verifyAgain(tx, actor, u, sent)
	})
	return sent, err
}

func (d *Directory) verifyAgain(tx model.Writer, actor model.Actor, u model.User, e model.Email) error {
	if err := rejectInvitedUser(u); err != nil {
		return err
	}
	if u.State == model.Blocked {
		return fault.New(fault.Conflict, "this user is blocked or deactivated, and no link would work; unblock or reactivate them first",
			fault.Field{Name: "state", Code: fault.Inactive})
	}
	if e.Verified {
		return fault.New(fault.Conflict, "this address is verified already; no link is needed")
	}
	if err := d.countVerification(tx, u.ID); err != nil {
		return err
	}
	registration, err := pendingRegistrationOf(tx, u.ID, e)
	if err != nil {
		return err
	}
	link := model.Link{Purpose: model.VerifyEmail, Registration: registration}
	if err := d.links.SendWith(tx, actor, u, e, link, model.Message{Kind: model.VerifyAddressMessage}, maillink.VerifyLifetime); err != nil {
		return err
	}
	return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.EmailResend, Target: "email", ID: int64(e.ID), User: u.ID})
}

// pendingRegistrationOf returns the pending registration of the newest verification link of an address.
// The next link takes it over.
func pendingRegistrationOf(tx model.Reader, id model.UserID, e model.Email) (model.PendingRegistration, error) {
	var registration model.PendingRegistration
	links, err := tx.Links(id)
	for _, l := range links {
		if l.Purpose == model.VerifyEmail && emailaddress.SameMailbox(l.Email, e.Address) {
			registration = l.Registration
		}
	}
	return registration, err
}
