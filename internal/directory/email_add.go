package directory

import (
	"context"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

// maxEmails is how many addresses one person may hold.
const maxEmails = 20

// Emails lists the addresses of a person: one's own, or anybody's for an
// administrator.
func (d *Directory) Emails(ctx context.Context, actor Actor, owner UserID) ([]Email, error) {
	var emails []Email
	err := d.read(ctx, actor, SelfRead, 0, func(tx Reader, self User) error {
		if err := requireSelfOrAdmin(tx, actor, self, owner); err != nil {
			return err
		}
		u, err := tx.User(owner)
		emails = u.Emails
		return err
	})
	return emails, err
}

// AddEmail adds one more address, and mails a link to it by which its holder
// proves it. Until then nobody may rely on it, and letters that let people in go
// elsewhere.
func (d *Directory) AddEmail(ctx context.Context, actor Actor, owner UserID, address string) (Email, error) {
	unitext.TrimAll(&address)
	var f fault.List
	emailaddress.Check(&f, address)
	e := Email{User: owner, Address: address, Claimed: actor.user == owner, CreatedAt: d.now()}
	err := d.limitTakenAnswers(ctx, actor, func() error {
		return d.update(ctx, actor, SelfWrite, 0, func(tx Writer, self User) error {
			if err := requireCanChangeEmails(tx, actor, self, owner); err != nil {
				return err
			}
			if err := f.Err(); err != nil {
				return err
			}
			if err := d.requireRecentAuthentication(tx, actor); err != nil {
				return err
			}
			if err := d.addEmail(tx, actor, &e); err != nil {
				return err
			}
			return d.storeResponse(tx, actor, e)
		})
	})
	return e, err
}

// mayReaddress: an address can bring a password, so changing them takes a
// credential that could do that as well.
func requireCanChangeEmails(tx Reader, actor Actor, self User, owner UserID) error {
	if err := requireSelfOrAdmin(tx, actor, self, owner); err != nil {
		return err
	}
	return requireFullScope(actor)
}

func (d *Directory) addEmail(tx Writer, actor Actor, e *Email) error {
	if _, err := tx.UserByEmail(e.Address); fault.KindOf(err) != fault.NotFound {
		return orElse(err, fault.TakenField("email"))
	}
	u, err := tx.User(e.User)
	if err != nil {
		return err
	}
	if err := rejectInvitedUser(u); err != nil {
		return err
	}
	if len(u.Emails) >= maxEmails {
		return fault.InvalidField("email", fault.TooMany, maxEmails)
	}
	if err := d.countVerification(tx, u.ID); err != nil {
		return err
	}
	e.Primary = len(u.Emails) == 0
	if err := tx.AddEmail(e); err != nil {
		return err
	}
	if err := d.sendLink(tx, actor, u, *e, VerifyEmail, VerifyAddressMessage, d.options.Lifetimes.Verify); err != nil {
		return err
	}
	return d.record(tx, actor, eventSpec{verb: EmailAdd, target: "email", id: int64(e.ID), user: e.User})
}

// RemoveEmail removes an address, found by owner and id together. The primary
// address stays: it is changed with the person's record. So does the one that
// stands in for it while it is not proven, but for administrators: nobody cuts off
// the owner's way back from an open session.
func (d *Directory) RemoveEmail(ctx context.Context, actor Actor, owner UserID, id EmailID) (Email, error) {
	var removed Email
	err := d.update(ctx, actor, SelfWrite, 0, func(tx Writer, self User) error {
		if err := requireCanChangeEmails(tx, actor, self, owner); err != nil {
			return err
		}
		if err := d.requireRecentAuthentication(tx, actor); err != nil {
			return err
		}
		u, err := tx.User(owner)
		if err != nil {
			return err
		}
		if removed, err = u.emailByID(id); err != nil {
			return err
		}
		if err := u.requireRemovable(removed, self); err != nil {
			return err
		}
		if err := dropEmail(tx, removed); err != nil {
			return err
		}
		return d.record(tx, actor, eventSpec{verb: EmailRemove, target: "email", id: int64(id), user: owner})
	})
	return removed, err
}

func (u User) requireRemovable(e Email, self User) error {
	if e.Primary {
		return fault.New(fault.Conflict, "the primary address stays; give the person another one first", fault.Field{Name: "email", Code: fault.Reserved})
	}
	if way, _ := u.recoveryEmail(); way.ID == e.ID && self.ID == u.ID {
		return fault.New(fault.Conflict, "this address stays until the primary one is proven; follow the link that was mailed there first",
			fault.Field{Name: "email", Code: fault.Reserved})
	}
	return nil
}

// Email shows one address of a person, found by owner and id together.
func (d *Directory) Email(ctx context.Context, actor Actor, owner UserID, id EmailID) (Email, error) {
	var found Email
	err := d.read(ctx, actor, SelfRead, 0, func(tx Reader, self User) error {
		if err := requireSelfOrAdmin(tx, actor, self, owner); err != nil {
			return err
		}
		u, err := tx.User(owner)
		if err != nil {
			return err
		}
		found, err = u.emailByID(id)
		return err
	})
	return found, err
}

func (u User) emailByID(id EmailID) (Email, error) {
	for _, e := range u.Emails {
		if e.ID == id {
			return e, nil
		}
	}
	return Email{}, fault.Missing("email")
}
