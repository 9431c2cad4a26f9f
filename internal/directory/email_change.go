package directory

import (
	"context"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/maillink"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/secret"
)

// A change of the primary address, by the user or by an administrator, works as follows:
//
//	the previous address is verified ─ it stays as a secondary address; its links end; it is notified
//	the new address gets a link      ─ if opened: it is verified, and the previous one is removed
//	the previous address gets a link ─ if opened first: the change is reverted
//	a recovery before that           ─ is mailed to the previous address; opening it reverts
//	                                   the change
//
// Otherwise an attacker with access to an open session could take over the account by a new
// address. GitLab's CVE-2023-7028 was a reset link that was mailed to an unverified address.

// changePrimaryEmail sets another primary address and keeps the previous one while it is
// needed. It appends "email" to fields if something changed.
func (d *Directory) changePrimaryEmail(tx model.Writer, actor model.Actor, u *model.User, to *string, fields []string) ([]string, error) {
	before := u.Primary()
	if to == nil || *to == before.Address {
		return fields, nil
	}
	if err := d.requireFreePrimary(tx, actor, *u, *to); err != nil {
		return nil, err
	}
	if err := d.replacePrimaryEmail(tx, u, model.Email{Address: *to, Invited: u.IsInvited(), Claimed: actor.UserID() == u.ID}); err != nil {
		return nil, err
	}
	fields = append(fields, "email")
	if emailaddress.SameMailbox(*to, before.Address) {
		return fields, nil
	}
	if err := maillink.DropStale(tx, *u); err != nil {
		return nil, err
	}
	if err := d.sendPrimaryVerification(tx, actor, *u); err != nil {
		return fields, err
	}
	return fields, d.notifyPreviousEmail(tx, actor, *u, before)
}

// requireFreePrimary rejects an address of another account, which an administrator takes
// from a user that only claims it. Invited users share addresses with accounts.
func (d *Directory) requireFreePrimary(tx model.Writer, actor model.Actor, u model.User, to string) error {
	switch {
	case u.IsInvited():
		return nil
	case actor.UserID() == u.ID:
		return d.users.RequireFree(tx, u.ID, "", to)
	}
	return d.requireFreeForAdmin(tx, actor, u.ID, "", to)
}

// notifyPreviousEmail sends a notice to the address that was replaced, and to the previous
// primary address that is kept, if they are verified: the owner of the account may read both
// while an attacker uses the account. The kept address gets a link that reverts the change
// until the new address is verified. A notice over the limit of emails does not prevent the
// change; the event says so, and the link of an earlier notice stays valid.
func (d *Directory) notifyPreviousEmail(tx model.Writer, actor model.Actor, u model.User, before model.Email) error {
	message := model.Message{Kind: model.EmailChangedMessage, API: actor.API(), To: before.Address, Name: u.GreetingName(), NewAddress: u.Primary().Address, User: u.ID}
	former, kept := u.FormerEmail()
	if before.Verified && (!kept || former.ID != before.ID) {
		if err := d.sendNotice(tx, actor, message); err != nil {
			return err
		}
	}
	if err := d.notifyFormerEmails(tx, actor, u, message); err != nil {
		return err
	}
	if !kept {
		return nil
	}
	message.To, message.Revertible, message.Token = former.Address, true, secret.NewOpaque(43, secret.URLSafe)
	sent, err := d.notices.QueueWithin(tx, actor, message)
	if err != nil {
		return err
	}
	if !sent {
		return d.recordUnsentNotice(tx, actor, message)
	}
	if err := maillink.Drop(tx, u.ID, func(l model.Link) bool { return l.Purpose == model.RevertEmail }); err != nil {
		return err
	}
	link := model.Link{Purpose: model.RevertEmail, User: u.ID, Email: former.Address, CreatedAt: d.ops.Now()}
	return tx.AddLink(&link, secret.Fingerprint(message.Token.Reveal()))
}

// notifyFormerEmails sends a notice of a changed address to former primary addresses that still receive
// notices.
func (d *Directory) notifyFormerEmails(tx model.Writer, actor model.Actor, u model.User, message model.Message) error {
	addresses, err := d.notices.FormerAddresses(tx, u.ID)
	if err != nil {
		return err
	}
	message.Former = true
	for _, a := range addresses {
		if message.To = a.Address; u.Primary().Address == a.Address {
			continue
		}
		if _, err := d.notices.QueueWithin(tx, actor, message); err != nil {
			return err
		}
	}
	return nil
}

// sendNotice sends a notice, or records that it was not sent.
func (d *Directory) sendNotice(tx model.Writer, actor model.Actor, l model.Message) error {
	sent, err := d.notices.QueueWithin(tx, actor, l)
	if err != nil || sent {
		return err
	}
	return d.recordUnsentNotice(tx, actor, l)
}

func (d *Directory) recordUnsentNotice(tx model.Writer, actor model.Actor, l model.Message) error {
	d.options.Log.Warn("notice of a changed address not sent: too many in an hour or a day", "user", l.User)
	return d.ops.RecordUser(tx, actor, model.UserChanged, l.User, "email; notice to the former address not sent: too many")
}

// RevertEmail reverts a change of the primary address by the link that was mailed to the
// previous address, as long as the new one is not verified. An attacker may have made the
// change, so it sets a new password and revokes the same access as [Directory.ResetPassword]
// by a link to a previous address. The link works once.
func (d *Directory) RevertEmail(ctx context.Context, actor model.Actor, token, password secret.Text) (model.User, error) {
	return d.resetPasswordBy(ctx, actor, Reset{Token: token, Password: password}, func(tx model.Reader) (model.Link, model.User, error) { return d.revertLink(tx, token) })
}

// revertLink is [maillink.Sender.Redeemable] for a link to an address that is still kept.
func (d *Directory) revertLink(tx model.Reader, token secret.Text) (model.Link, model.User, error) {
	link, u, err := d.links.Redeemable(tx, model.RevertEmail, token)
	if err != nil {
		return link, u, err
	}
	if former, kept := u.FormerEmail(); !link.UsedAt.IsZero() || !kept || !emailaddress.SameMailbox(former.Address, link.Email) {
		err = maillink.Unusable()
	}
	return link, u, err
}

// replacePrimaryEmail makes next the primary address: a new one, or one that the user already
// has. It is verified if that one was, or if next is.
func (d *Directory) replacePrimaryEmail(tx model.Writer, u *model.User, next model.Email) error {
	address, proven := next.Address, next.Verified
	next.User, next.Primary, next.CreatedAt = u.ID, true, d.ops.Now()
	others := make([]model.Email, 0, len(u.Emails))
	for _, e := range u.Emails {
		if !emailaddress.Same(e.Address, address) {
			others = append(others, e)
			continue
		}
		if e.Verified && !proven && !emailaddress.SameMailbox(e.Address, address) {
			return fault.TakenField("email")
		}
		next.Verified = next.Verified || e.Verified
		if err := maillink.DropRespelled(tx, e, address); err != nil {
			return err
		}
	}
	if next.Verified {
		if err := d.keepPrimaryForNotices(tx, *u, next); err != nil {
			return err
		}
	}
	kept, err := demotePrimary(tx, others, next.Verified)
	if err != nil {
		return err
	}
	if err := tx.AddEmail(&next); err != nil {
		return err
	}
	u.Emails = append([]model.Email{next}, kept...)
	return nil
}

// keepPrimaryForNotices is [notice.Sender.KeepAddress] for the primary addresses that next replaces, the current one and
// the previous one that is kept.
func (d *Directory) keepPrimaryForNotices(tx model.Writer, u model.User, next model.Email) error {
	for _, e := range u.Emails {
		if !e.Primary && !e.PreviousPrimary || emailaddress.SameMailbox(e.Address, next.Address) {
			continue
		}
		if err := d.notices.KeepAddress(tx, e, next); err != nil {
			return err
		}
	}
	return nil
}

// demotePrimary returns which of the other addresses stay beside a new primary address. A
// verified previous primary address stays until the new one is verified.
func demotePrimary(tx model.Writer, others []model.Email, proven bool) ([]model.Email, error) {
	kept := make([]model.Email, 0, len(others))
	for _, e := range others {
		var err error
		switch {
		case proven && (e.Primary || e.PreviousPrimary), e.Primary && !e.Verified:
			err = maillink.DropEmail(tx, e)
		case e.Primary:
			e.Primary, e.PreviousPrimary = false, true
			err = tx.ChangeEmail(e)
			kept = append(kept, e)
		default:
			kept = append(kept, e)
		}
		if err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// sendPrimaryVerification mails a link to a primary address that is not verified. Invited
// users get none: their invitation verifies the address.
func (d *Directory) sendPrimaryVerification(tx model.Writer, actor model.Actor, u model.User) error {
	if u.Primary().Verified || u.State == model.Blocked || u.AwaitsInvitation() {
		return nil
	}
	if actor.UserID() == u.ID {
		if err := d.countVerification(tx, u.ID); err != nil {
			return err
		}
	}
	return d.links.Send(tx, actor, u, u.Primary(), model.VerifyEmail, model.VerifyAddressMessage, maillink.VerifyLifetime)
}

// countVerification limits the verification emails that a user can cause.
func (d *Directory) countVerification(tx model.Writer, id model.UserID) error {
	if err := d.limits.Check(tx, ratelimit.EmailKey(id)); err != nil {
		return err
	}
	return d.limits.Count(tx, ratelimit.EmailKey(id), d.options.Login.AccountFailures)
}

// removeFormerEmail removes the previous primary address after the new one was verified.
func (d *Directory) removeFormerEmail(tx model.Writer, actor model.Actor, u model.User) error {
	for _, e := range u.Emails {
		if !e.PreviousPrimary {
			continue
		}
		if err := d.notices.KeepAddress(tx, e, u.Primary()); err != nil {
			return err
		}
		if err := maillink.DropEmail(tx, e); err != nil {
			return err
		}
		if err := d.ops.Record(tx, actor, operation.EventSpec{Verb: model.EmailRemove, Target: "email", ID: int64(e.ID), User: u.ID}); err != nil {
			return err
		}
	}
	return nil
}

// revertPrimaryEmail makes the previous primary address the primary one again. All links have
// ended before: see revokeAllAccess.
func (d *Directory) revertPrimaryEmail(tx model.Writer, actor model.Actor, u model.User, former model.Email) error {
	if err := maillink.DropEmail(tx, u.Primary()); err != nil {
		return err
	}
	former.Primary, former.PreviousPrimary = true, false
	if err := tx.ChangeEmail(former); err != nil {
		return err
	}
	return d.ops.RecordUser(tx, actor, model.UserChanged, u.ID, "email")
}
