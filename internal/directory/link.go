package directory

import (
	"context"
	"time"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// LinkPreview is what a page shows of a link before it is used.
type LinkPreview struct {
	Address string // the address that it was mailed to
	Done    bool   // of VerifyEmail: the address is already verified
}

// LinkByToken returns what a link of this purpose is for, without using it. A link that can no
// longer be used is Expired, whatever the reason.
func (d *Directory) LinkByToken(ctx context.Context, _ Actor, purpose Purpose, token secret.Text) (LinkPreview, error) {
	var shown LinkPreview
	err := d.store.Read(ctx, func(tx Reader) error {
		link, u, err := d.usableLink(tx, purpose, token)
		if err != nil {
			return err
		}
		to, _ := u.emailAt(link.Email)
		verified := to.Verified && u.State == Active
		shown = LinkPreview{Address: to.Address, Done: purpose == VerifyEmail && (verified || !link.UsedAt.IsZero())}
		return nil
	})
	return shown, err
}

// usableLink returns the link that an operation of this purpose would accept.
func (d *Directory) usableLink(tx Reader, purpose Purpose, token secret.Text) (Link, User, error) {
	switch purpose {
	case ResetPassword:
		return d.resetLink(tx, token)
	case RevertEmail:
		return d.revertLink(tx, token)
	}
	return d.redeemableLink(tx, purpose, token)
}

// dropEmail removes an address and the links that were mailed to it, so that they stay invalid
// if the address is added again.
func dropEmail(tx Writer, e Email) error {
	if err := tx.DropEmail(e.User, e.ID); err != nil {
		return err
	}
	return dropLinks(tx, e.User, func(l Link) bool { return emailaddress.Same(l.Email, e.Address) })
}

// dropRespelledEmail removes an address that becomes the primary one with another spelling.
// Its links stay if both spellings are one mailbox.
func dropRespelledEmail(tx Writer, e Email, spelling string) error {
	if sameMailbox(e.Address, spelling) {
		return tx.DropEmail(e.User, e.ID)
	}
	return dropEmail(tx, e)
}

// dropStaleLinks drops the links that end with a change of the primary address of u: all
// except verifications of addresses that u still has, and the link that reverts the change,
// until the next one is mailed.
func dropStaleLinks(tx Writer, u User) error {
	return dropLinks(tx, u.ID, func(l Link) bool { return !l.verifiesEmailOf(u) && !l.revertsEmailOf(u) })
}

func (l Link) revertsEmailOf(u User) bool {
	former, kept := u.formerEmail()
	return l.Purpose == RevertEmail && kept && sameMailbox(former.Address, l.Email)
}

func (l Link) verifiesEmailOf(u User) bool {
	e, held := u.emailAt(l.Email)
	return l.Purpose == VerifyEmail && held && !e.PreviousPrimary && sameMailbox(e.Address, l.Email)
}

func dropLinks(tx Writer, id UserID, ends func(Link) bool) error {
	links, err := tx.Links(id)
	if err != nil {
		return err
	}
	for _, l := range links {
		if !ends(l) {
			continue
		}
		if err := tx.DropLink(l.ID); err != nil {
			return err
		}
	}
	return nil
}

// sendLink creates a one-time link for an address of a user and queues the email with it. The
// link ends with the address and, for a reset, with the password.
func (d *Directory) sendLink(tx Writer, actor Actor, u User, to Email, purpose Purpose, kind MessageKind, lifetime time.Duration) error {
	return d.sendLinkWith(tx, actor, u, to, Link{Purpose: purpose}, Message{Kind: kind}, lifetime)
}

// sendLinkWith is sendLink with further fields of the link and the message.
func (d *Directory) sendLinkWith(tx Writer, actor Actor, u User, to Email, l Link, message Message, lifetime time.Duration) error {
	password, err := tx.PasswordOf(u.ID)
	if err != nil {
		return err
	}
	token := secret.NewOpaque(43, secret.URLSafe)
	l.User, l.Email, l.PasswordVersion = u.ID, to.Address, password.Version
	l.CreatedAt, l.ExpiresAt = d.now(), d.now().Add(lifetime)
	if err := tx.AddLink(&l, secret.Fingerprint(token.Reveal())); err != nil {
		return err
	}
	message.API, message.To, message.Name, message.Token, message.Expires = actor.API(), l.Email, u.greetingName(), token, l.ExpiresAt
	return d.queueMail(tx, actor, message)
}

// redeemableLink returns the link of a token if its purpose, expiry, user and address still
// match. Every failure gives the same error.
func (d *Directory) redeemableLink(tx Reader, purpose Purpose, token secret.Text) (Link, User, error) {
	l, err := tx.LinkByHash(secret.Fingerprint(token.Reveal()))
	if fault.KindOf(err) == fault.NotFound || err == nil && l.Purpose != purpose {
		return l, User{}, linkUnusable()
	}
	if err != nil {
		return l, User{}, err
	}
	if !l.isLive(d.now()) {
		return l, User{}, linkUnusable()
	}
	u, err := tx.User(l.User)
	if fault.KindOf(err) == fault.NotFound {
		return l, u, linkUnusable()
	}
	if err != nil {
		return l, u, err
	}
	if purpose == VerifyEmail && u.awaitsEmail() {
		return l, u, requireAttachable(tx, l.Email)
	}
	to, held := u.emailAt(l.Email)
	if way, _ := u.recoveryEmail(); !held || !sameMailbox(to.Address, l.Email) || u.State == Blocked || purpose == ResetPassword && to.ID != way.ID {
		return l, u, linkUnusable()
	}
	return l, u, nil
}

// isLive reports whether the link has not expired. Links that revert a change of address do
// not expire by themselves: they end with the address that they were mailed to.
func (l Link) isLive(now time.Time) bool {
	return l.Purpose == RevertEmail || l.ExpiresAt.After(now)
}

// emailAt returns the user's address with the same key, in whatever spelling.
func (u User) emailAt(address string) (Email, bool) {
	for _, e := range u.Emails {
		if emailaddress.Same(e.Address, address) {
			return e, true
		}
	}
	return Email{}, false
}

func linkUnusable() error {
	return fault.New(fault.Expired, "this link can no longer be used; ask for a new one", fault.Field{Name: "token", Code: fault.Inactive})
}
