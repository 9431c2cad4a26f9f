package directory

import (
	"context"

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
	return d.links.Redeemable(tx, purpose, token)
}
