package directory

import (
	"context"
	"strings"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// A person changes the primary address, or an administrator does:
//
//	the former one is proven ─ it stays, as a second address; links to it die, and it is told
//	the new one is mailed a link ─ followed: it counts, and the former one goes
//	the former one is mailed a link, too ─ followed before: the change is taken back
//	the password is forgotten meanwhile ─ the link goes to the former one; whoever
//	                                      follows it takes the change back
//
// Otherwise whoever sits at somebody's open session could take the account with an
// address of their own. GitLab's CVE-2023-7028 was a reset link that went to an
// address which nobody had proven.

// readdress gives a person another primary address, and leaves the former one
// beside it if it is still needed.
func (d *Directory) changePrimaryEmail(tx Writer, actor Actor, u *User, to *string, fields []string) ([]string, error) {
	before := u.Primary()
	if to == nil || *to == before.Address {
		return fields, nil
	}
	if !u.isInvited() {
		if err := d.requireFree(tx, u.ID, "", *to); err != nil {
			return nil, err
		}
	}
	if err := d.replacePrimaryEmail(tx, u, Email{Address: *to, Invited: u.isInvited(), Claimed: actor.user == u.ID}); err != nil {
		return nil, err
	}
	fields = append(fields, "email")
	if sameMailbox(*to, before.Address) {
		return fields, nil
	}
	if err := dropStaleLinks(tx, *u); err != nil {
		return nil, err
	}
	if err := d.sendPrimaryVerification(tx, actor, *u); err != nil {
		return fields, err
	}
	return fields, d.notifyPreviousEmail(tx, actor, *u, before)
}

// tellFormer tells the address that was replaced, and the one that stands in for it, if
// they are verified: both may be read by the owner of an account that another caller uses.
// The latter can take the change back for as long as the new one is not verified. A notice
// that is not sent does not keep the address from being changed; the event says so, and the
// link of the notice before stays valid.
func (d *Directory) notifyPreviousEmail(tx Writer, actor Actor, u User, before Email) error {
	message := Message{Kind: EmailChangedMessage, API: actor.api, To: before.Address, Name: u.Label(), NewAddress: u.Primary().Address, User: u.ID}
	former, kept := u.formerEmail()
	if before.Verified && (!kept || former.ID != before.ID) {
		if err := d.sendNotice(tx, actor, message); err != nil {
			return err
		}
	}
	if !kept {
		return nil
	}
	message.To, message.Revertible, message.Token = former.Address, true, secret.NewOpaque(43, secret.URLSafe)
	sent, err := d.queueMailWithin(tx, actor, message)
	if err != nil {
		return err
	}
	if !sent {
		return d.recordUnsentNotice(tx, actor, message)
	}
	if err := dropLinks(tx, u.ID, func(l Link) bool { return l.Purpose == RevertEmail }); err != nil {
		return err
	}
	link := Link{Purpose: RevertEmail, User: u.ID, Email: former.Address, CreatedAt: d.now()}
	return tx.AddLink(&link, secret.Fingerprint(message.Token.Reveal()))
}

// notify sends a notice, or records that it was not sent.
func (d *Directory) sendNotice(tx Writer, actor Actor, l Message) error {
	sent, err := d.queueMailWithin(tx, actor, l)
	if err != nil || sent {
		return err
	}
	return d.recordUnsentNotice(tx, actor, l)
}

func (d *Directory) recordUnsentNotice(tx Writer, actor Actor, l Message) error {
	d.options.Log.Warn("notice of a changed address not sent: too many in an hour or a day", "user", l.User)
	return d.recordUser(tx, actor, UserChanged, l.User, "email; notice to the former address not sent: too many")
}

// former is the address that stands in for a primary one that is not proven.
func (u User) formerEmail() (Email, bool) {
	for _, e := range u.Emails {
		if e.PreviousPrimary {
			return e, true
		}
	}
	return Email{}, false
}

// RevertAddress takes a change of address back by the link that the former address
// was mailed, for as long as the new one is not proven. Somebody else may have made
// it, so it asks for a new password and ends all that [Directory.NewPassword] ends
// for a former address. The link works once.
func (d *Directory) RevertEmail(ctx context.Context, actor Actor, token, password secret.Text) (User, error) {
	return d.resetPasswordBy(ctx, actor, Reset{Token: token, Password: password}, func(tx Reader) (Link, User, error) { return d.revertLink(tx, token) })
}

// revertLink is redeemable for a link to an address that still stands in.
func (d *Directory) revertLink(tx Reader, token secret.Text) (Link, User, error) {
	link, u, err := d.redeemableLink(tx, RevertEmail, token)
	if err != nil {
		return link, u, err
	}
	if former, kept := u.formerEmail(); !link.UsedAt.IsZero() || !kept || !sameMailbox(former.Address, link.Email) {
		err = linkUnusable()
	}
	return link, u, err
}

// sameMailbox takes the case of ASCII letters and the spelling of the domain for the
// same. [emailaddress.Key] goes further, so that no two accounts have addresses that look alike.
// Mail servers do not follow it there ("ß" is not "ss"), so a proof does not either.
func sameMailbox(a, b string) bool {
	lower := func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}
	of, at, _ := emailaddress.Split(a)
	other, otherAt, _ := emailaddress.Split(b)
	return strings.Map(lower, of) == strings.Map(lower, other) && emailaddress.Same("a@"+at, "a@"+otherAt)
}

// replacePrimary makes next the primary address: new, or one that the user has
// already. It is verified if that one was, or if next says so.
func (d *Directory) replacePrimaryEmail(tx Writer, u *User, next Email) error {
	address, proven := next.Address, next.Verified
	next.User, next.Primary, next.CreatedAt = u.ID, true, d.now()
	others := make([]Email, 0, len(u.Emails))
	for _, e := range u.Emails {
		if !emailaddress.Same(e.Address, address) {
			others = append(others, e)
			continue
		}
		if e.Verified && !proven && !sameMailbox(e.Address, address) {
			return fault.TakenField("email")
		}
		next.Verified = next.Verified || e.Verified
		if err := dropRespelledEmail(tx, e, address); err != nil {
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
	u.Emails = append([]Email{next}, kept...)
	return nil
}

// stepBack leaves those of a person's other addresses that stay beside a new
// primary one. While that is not proven, the former one is needed if it was.
func demotePrimary(tx Writer, others []Email, proven bool) ([]Email, error) {
	kept := make([]Email, 0, len(others))
	for _, e := range others {
		var err error
		switch {
		case proven && (e.Primary || e.PreviousPrimary), e.Primary && !e.Verified:
			err = dropEmail(tx, e)
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

// askForProof mails a link to a primary address that is not proven. Who waits for
// an invitation is let in by that alone.
func (d *Directory) sendPrimaryVerification(tx Writer, actor Actor, u User) error {
	if u.Primary().Verified || u.State == Blocked || u.awaitsInvitation() {
		return nil
	}
	if actor.user == u.ID {
		if err := d.countVerification(tx, u.ID); err != nil {
			return err
		}
	}
	return d.sendLink(tx, actor, u, u.Primary(), VerifyEmail, VerifyAddressMessage, d.options.Lifetimes.Verify)
}

// countProof bounds the letters to addresses that somebody says are theirs.
func (d *Directory) countVerification(tx Writer, id UserID) error {
	if err := d.unthrottled(tx, emailKey(id)); err != nil {
		return err
	}
	return d.count(tx, emailKey(id), d.options.Login.AccountFailures)
}

// recovery is the address that letters go to which let people in: the primary one
// if it is proven, else the former one, else the first that is proven. Who never
// proved any (Wekan asks nobody to) has the primary one. It is false for people
// without an address, and for programs, which nobody logs in as.
func (u User) recoveryEmail() (Email, bool) {
	if u.Service {
		return Email{}, false
	}
	best := u.Primary()
	if best.Verified {
		return best, true
	}
	for _, e := range u.Emails {
		if e.PreviousPrimary || e.Verified && !best.Verified {
			best = e
		}
		if e.PreviousPrimary {
			break
		}
	}
	return best, best.Address != ""
}

// RecoveryAddress is where a link to reset the password is mailed; "" for users who get
// none. It is not always the address by which the user was found.
func (u User) RecoveryAddress() string {
	to, _ := u.recoveryEmail()
	return to.Address
}

// dropFormer ends the service of the address that stood in for one not proven.
func (d *Directory) removeFormerEmail(tx Writer, actor Actor, u User) error {
	for _, e := range u.Emails {
		if !e.PreviousPrimary {
			continue
		}
		if err := dropEmail(tx, e); err != nil {
			return err
		}
		if err := d.record(tx, actor, eventSpec{verb: EmailRemove, target: "email", id: int64(e.ID), user: u.ID}); err != nil {
			return err
		}
	}
	return nil
}

// reinstate takes a change of address back that nobody proved: the former one is
// the primary one again. All links ended with the other credentials: see disown.
func (d *Directory) revertPrimaryEmail(tx Writer, actor Actor, u User, former Email) error {
	if err := dropEmail(tx, u.Primary()); err != nil {
		return err
	}
	former.Primary, former.PreviousPrimary = true, false
	if err := tx.ChangeEmail(former); err != nil {
		return err
	}
	return d.recordUser(tx, actor, UserChanged, u.ID, "email")
}
