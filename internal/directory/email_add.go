package directory

import (
	"cmp"
	"context"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/maillink"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

// maxEmails is the maximum number of addresses of a user.
const maxEmails = 20

// Emails lists the addresses of a user, for the user and administrators.
func (d *Directory) Emails(ctx context.Context, actor model.Actor, owner model.UserID) ([]model.Email, error) {
	var emails []model.Email
	err := d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		if err := operation.RequireSelfOrAdmin(tx, actor, self, owner); err != nil {
			return err
		}
		u, err := tx.User(owner)
		emails = u.Emails
		return err
	})
	return emails, err
}

// AddEmail adds an address and mails a verification link to it. Until it is verified, no
// recovery link is mailed to it while another address is verified.
func (d *Directory) AddEmail(ctx context.Context, actor model.Actor, owner model.UserID, address string) (model.Email, error) {
	unitext.TrimAll(&address)
	var f fault.List
	emailaddress.Check(&f, address)
	e := model.Email{User: owner, Address: address, Claimed: actor.UserID() == owner, CreatedAt: d.ops.Now()}
	err := d.limitTakenAnswers(ctx, actor, func() error {
		return d.ops.Update(ctx, actor, model.SelfWrite, 0, func(tx model.Writer, self model.User) error {
			if err := requireCanChangeEmails(tx, actor, self, owner); err != nil {
				return err
			}
			if err := f.Err(); err != nil {
				return err
			}
			if err := d.ops.RequireRecentAuthentication(tx, actor); err != nil {
				return err
			}
			if err := d.addEmail(tx, actor, &e); err != nil {
				return err
			}
			return d.ops.StoreResult(ctx, tx, actor, e)
		})
	})
	return e, err
}

// requireCanChangeEmails returns an error unless the actor is the user or an administrator,
// with a credential of full scope: a new address can lead to a new password.
// The own addresses, and those of administrators, require a credential that does not expire.
func requireCanChangeEmails(tx model.Reader, actor model.Actor, self model.User, owner model.UserID) error {
	if err := operation.RequireSelfOrAdmin(tx, actor, self, owner); err != nil {
		return err
	}
	if err := operation.RequireFullScope(actor); err != nil {
		return err
	}
	u, err := tx.User(owner)
	if err == nil && (u.Admin || u.ID == actor.Impersonator()) {
		err = operation.RequireLasting(actor)
	}
	return err
}

// requireFreeSecondary rejects an address that a user has. An administrator takes it from
// another user that only claims it.
func (d *Directory) requireFreeSecondary(tx model.Writer, actor model.Actor, e model.Email) error {
	held, err := tx.UserByEmail(e.Address)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil || e.Claimed || held.ID == e.User {
		return cmp.Or[error](err, fault.TakenField("email"))
	}
	taken, err := d.takeClaim(tx, actor, held.ID, e.Address)
	if err != nil || taken {
		return err
	}
	return fault.TakenField("email")
}

func (d *Directory) addEmail(tx model.Writer, actor model.Actor, e *model.Email) error {
	if err := d.requireFreeSecondary(tx, actor, *e); err != nil {
		return err
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
	if err := d.links.Send(tx, actor, u, *e, model.VerifyEmail, model.VerifyAddressMessage, maillink.VerifyLifetime); err != nil {
		return err
	}
	return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.EmailAdd, Target: "email", ID: int64(e.ID), User: e.User})
}

// RemoveEmail removes an address, found by owner and id. The primary address is a Conflict; it
// is changed with the user. The previous primary address, while the new one is not verified,
// can be removed by administrators only: otherwise an open session could remove the owner's
// way back.
func (d *Directory) RemoveEmail(ctx context.Context, actor model.Actor, owner model.UserID, id model.EmailID) (model.Email, error) {
	var removed model.Email
	err := d.ops.Update(ctx, actor, model.SelfWrite, 0, func(tx model.Writer, self model.User) error {
		if err := requireCanChangeEmails(tx, actor, self, owner); err != nil {
			return err
		}
		if err := d.ops.RequireRecentAuthentication(tx, actor); err != nil {
			return err
		}
		u, err := tx.User(owner)
		if err != nil {
			return err
		}
		if removed, err = u.EmailByID(id); err != nil {
			return err
		}
		if err := requireRemovable(u, removed, self); err != nil {
			return err
		}
		if err := maillink.DropEmail(tx, removed); err != nil {
			return err
		}
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.EmailRemove, Target: "email", ID: int64(id), User: owner})
	})
	return removed, err
}

func requireRemovable(u model.User, e model.Email, self model.User) error {
	if e.Primary {
		return fault.New(fault.Conflict, "the primary address cannot be removed; set another primary address first", fault.Field{Name: "email", Code: fault.Reserved})
	}
	if way, _ := u.RecoveryEmail(); way.ID == e.ID && self.ID == u.ID {
		return fault.New(fault.Conflict, "this address cannot be removed until the primary one is verified; open the link that was mailed to that one first",
			fault.Field{Name: "email", Code: fault.Reserved})
	}
	return nil
}

// Email returns one address of a user, found by owner and id.
func (d *Directory) Email(ctx context.Context, actor model.Actor, owner model.UserID, id model.EmailID) (model.Email, error) {
	var found model.Email
	err := d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		if err := operation.RequireSelfOrAdmin(tx, actor, self, owner); err != nil {
			return err
		}
		u, err := tx.User(owner)
		if err != nil {
			return err
		}
		found, err = u.EmailByID(id)
		return err
	})
	return found, err
}
