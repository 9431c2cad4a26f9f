package directory

import (
	"context"

	"roster.example/roster/internal/fault"
)

// SendVerification mails a link to an unverified address again. Links that were sent
// before stay valid until they expire. A verified address is a Conflict, and so is one
// of a user that is blocked or has not accepted an invitation.
func (d *Directory) SendVerification(ctx context.Context, actor Actor, owner UserID, id EmailID) (Email, error) {
	var sent Email
	err := d.update(ctx, actor, SelfWrite, 0, func(tx Writer, self User) error {
		if err := requireCanChangeEmails(tx, actor, self, owner); err != nil {
			return err
		}
		u, err := tx.User(owner)
		if err != nil {
			return err
		}
		if sent, err = u.emailByID(id); err != nil {
			return err
		}
		return d.verifyAgain(tx, actor, u, sent)
	})
	return sent, err
}

func (d *Directory) verifyAgain(tx Writer, actor Actor, u User, e Email) error {
	if err := rejectInvitedUser(u); err != nil {
		return err
	}
	if u.State == Blocked {
		return fault.New(fault.Conflict, "this user is blocked or deactivated, and no link would work; unblock or reactivate them first",
			fault.Field{Name: "state", Code: fault.Inactive})
	}
	if e.Verified {
		return fault.New(fault.Conflict, "this address is verified already; no link is needed")
	}
	if err := d.countVerification(tx, u.ID); err != nil {
		return err
	}
	registration, err := wishFor(tx, u.ID, e)
	if err != nil {
		return err
	}
	link := Link{Purpose: VerifyEmail, Registration: registration}
	if err := d.sendLinkWith(tx, actor, u, e, link, Message{Kind: VerifyAddressMessage}, d.options.Lifetimes.Verify); err != nil {
		return err
	}
	return d.record(tx, actor, eventSpec{verb: EmailResend, target: "email", id: int64(e.ID), user: u.ID})
}

// wishFor is the wish of the newest verification of an address, which the next one
// carries on.
func wishFor(tx Reader, id UserID, e Email) (PendingRegistration, error) {
	var registration PendingRegistration
	links, err := tx.Links(id)
	for _, l := range links {
		if l.Purpose == VerifyEmail && sameMailbox(l.Email, e.Address) {
			registration = l.Registration
		}
	}
	return registration, err
}
