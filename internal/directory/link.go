package directory

import (
	"context"
	"time"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// ShownLink is what a page says about a link before it is used.
type LinkPreview struct {
	Address string // where it was mailed
	Done    bool   // of VerifyEmail: nothing is left to do, the address is verified
}

// LinkByToken says what a mailed link of this purpose is for, and uses nothing up. A
// link that can no longer be used is Expired, whatever the reason.
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

// usable finds the link that an operation of this purpose would take.
func (d *Directory) usableLink(tx Reader, purpose Purpose, token secret.Text) (Link, User, error) {
	switch purpose {
	case ResetPassword:
		return d.resetLink(tx, token)
	case RevertEmail:
		return d.revertLink(tx, token)
	}
	return d.redeemableLink(tx, purpose, token)
}

// dropEmail removes an address with the links that were mailed there. They stay
// useless when the address is added again.
func dropEmail(tx Writer, e Email) error {
	if err := tx.DropEmail(e.User, e.ID); err != nil {
		return err
	}
	return dropLinks(tx, e.User, func(l Link) bool { return emailaddress.Same(l.Email, e.Address) })
}

// moveEmail removes an address that becomes the primary one under this spelling. Its
// links stay where the spelling leads to the same mailbox.
func dropRespelledEmail(tx Writer, e Email, spelling string) error {
	if sameMailbox(e.Address, spelling) {
		return tx.DropEmail(e.User, e.ID)
	}
	return dropEmail(tx, e)
}

// endLinks ends the links that do not outlive a change of the primary address of u:
// all but verifications of addresses that u has and that do not stand in for another, and
// the link that takes the change back, until the next one is mailed.
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

// sendLink makes a one-time link for an address of a person and posts the letter
// that carries it. The link dies with the address or the password that it was made for.
func (d *Directory) sendLink(tx Writer, actor Actor, u User, to Email, purpose Purpose, kind MessageKind, lifetime time.Duration) error {
	return d.sendLinkWith(tx, actor, u, to, Link{Purpose: purpose}, Message{Kind: kind}, lifetime)
}

// sendLinkWith is sendLink for a link that carries a wish, or a letter that says more.
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
	message.API, message.To, message.Name, message.Token, message.Expires = actor.api, l.Email, u.Label(), token, l.ExpiresAt
	return d.queueMail(tx, actor, message)
}

// redeemable finds the link of a token and checks all that it is bound to.
// Whatever is wrong, the answer is the same.
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
	to, held := u.emailAt(l.Email)
	if way, _ := u.recoveryEmail(); !held || !sameMailbox(to.Address, l.Email) || u.State == Blocked || purpose == ResetPassword && to.ID != way.ID {
		return l, u, linkUnusable()
	}
	return l, u, nil
}

// lasts says whether the time of a link is not over. One that takes a change of
// address back has no end of its own: it goes with the address that it was sent to.
func (l Link) isLive(now time.Time) bool {
	return l.Purpose == RevertEmail || l.ExpiresAt.After(now)
}

// holding finds the address of the person that a link was sent to.
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
