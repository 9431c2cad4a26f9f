package directory

import (
	"context"
	"time"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// LinkPreview is what a page shows of a link before it is used.
type LinkPreview struct {
	Address string // the address that it was mailed to
	Done    bool   // of VerifyEmail: the address is already verified
}

// LinkByToken returns what a link of this purpose is for, without using it. A link that can no
// longer be used is Expired, whatever the reason.
func (d *Directory) LinkByToken(ctx context.Context, _ model.Actor, purpose model.Purpose, token secret.Text) (LinkPreview, error) {
	var shown LinkPreview
	err := d.store.Read(ctx, func(tx model.Reader) error {
		link, u, err := d.usableLink(tx, purpose, token)
		if err != nil {
			return err
		}
		to, _ := u.EmailAt(link.Email)
		verified := to.Verified && u.State == model.Active
		shown = LinkPreview{Address: to.Address, Done: purpose == model.VerifyEmail && (verified || !link.UsedAt.IsZero())}
		return nil
	})
	return shown, err
}

// usableLink returns the link that an operation of this purpose would accept.
func (d *Directory) usableLink(tx model.Reader, purpose model.Purpose, token secret.Text) (model.Link, model.User, error) {
	switch purpose {
	case model.ResetPassword:
		return d.resetLink(tx, token)
	case model.RevertEmail:
		return d.revertLink(tx, token)
	}
	return d.redeemableLink(tx, purpose, token)
}

// dropEmail removes an address and the links that were mailed to it, so that they stay invalid
// if the address is added again.
func dropEmail(tx model.Writer, e model.Email) error {
	if err := tx.DropEmail(e.User, e.ID); err != nil {
		return err
	}
	return dropLinks(tx, e.User, func(l model.Link) bool { return emailaddress.Same(l.Email, e.Address) })
}

// dropRespelledEmail removes an address that becomes the primary one with another spelling.
// Its links stay if both spellings are one mailbox.
func dropRespelledEmail(tx model.Writer, e model.Email, spelling string) error {
	if emailaddress.SameMailbox(e.Address, spelling) {
		return tx.DropEmail(e.User, e.ID)
	}
	return dropEmail(tx, e)
}

// dropStaleLinks drops the links that end with a change of the primary address of u: all
// except verifications of addresses that u still has, and the link that reverts the change,
// until the next one is mailed.
func dropStaleLinks(tx model.Writer, u model.User) error {
	return dropLinks(tx, u.ID, func(l model.Link) bool { return !verifiesEmailOf(l, u) && !revertsEmailOf(l, u) })
}

func revertsEmailOf(l model.Link, u model.User) bool {
	former, kept := u.FormerEmail()
	return l.Purpose == model.RevertEmail && kept && emailaddress.SameMailbox(former.Address, l.Email)
}

func verifiesEmailOf(l model.Link, u model.User) bool {
	e, held := u.EmailAt(l.Email)
	return l.Purpose == model.VerifyEmail && held && !e.PreviousPrimary && emailaddress.SameMailbox(e.Address, l.Email)
}

func dropLinks(tx model.Writer, id model.UserID, ends func(model.Link) bool) error {
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
func (d *Directory) sendLink(tx model.Writer, actor model.Actor, u model.User, to model.Email, purpose model.Purpose, kind model.MessageKind, lifetime time.Duration) error {
	return d.sendLinkWith(tx, actor, u, to, model.Link{Purpose: purpose}, model.Message{Kind: kind}, lifetime)
}

// sendLinkWith is sendLink with further fields of the link and the message.
func (d *Directory) sendLinkWith(tx model.Writer, actor model.Actor, u model.User, to model.Email, l model.Link, message model.Message, lifetime time.Duration) error {
	password, err := tx.PasswordOf(u.ID)
	if err != nil {
		return err
	}
	token := secret.NewOpaque(43, secret.URLSafe)
	l.User, l.Email, l.PasswordVersion = u.ID, to.Address, password.Version
	l.CreatedAt, l.ExpiresAt = d.ops.Now(), d.ops.Now().Add(lifetime)
	if err := tx.AddLink(&l, secret.Fingerprint(token.Reveal())); err != nil {
		return err
	}
	message.API, message.To, message.Name, message.Token, message.Expires, message.User = actor.API(), l.Email, u.GreetingName(), token, l.ExpiresAt, u.ID
	return d.notices.Queue(tx, actor, message)
}

// redeemableLink returns the link of a token if its purpose, expiry, user and address still
// match. Every failure gives the same error.
func (d *Directory) redeemableLink(tx model.Reader, purpose model.Purpose, token secret.Text) (model.Link, model.User, error) {
	l, err := tx.LinkByHash(secret.Fingerprint(token.Reveal()))
	if fault.KindOf(err) == fault.NotFound || err == nil && l.Purpose != purpose {
		return l, model.User{}, linkUnusable()
	}
	if err != nil {
		return l, model.User{}, err
	}
	if !l.IsLive(d.ops.Now()) {
		return l, model.User{}, linkUnusable()
	}
	u, err := tx.User(l.User)
	if fault.KindOf(err) == fault.NotFound {
		return l, u, linkUnusable()
	}
	if err != nil {
		return l, u, err
	}
	if purpose == model.VerifyEmail && awaitsEmail(u) {
		return l, u, requireAttachable(tx, l.Email)
	}
	to, held := u.EmailAt(l.Email)
	if way, _ := u.RecoveryEmail(); !held || !emailaddress.SameMailbox(to.Address, l.Email) || u.State == model.Blocked || purpose == model.ResetPassword && to.ID != way.ID {
		return l, u, linkUnusable()
	}
	return l, u, nil
}

func linkUnusable() error {
	return fault.New(fault.Expired, "this link can no longer be used; ask for a new one", fault.Field{Name: "token", Code: fault.Inactive})
}
