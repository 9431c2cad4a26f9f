package client

import (
	"context"
	"time"
)

// Email is an email address of a user.
type Email struct {
	ID        int64     `json:"id"`
	Address   string    `json:"address"`
	Primary   bool      `json:"primary"`
	Verified  bool      `json:"verified"` // a link that was emailed to the address was followed
	CreatedAt time.Time `json:"created_at"`
}

// Emails contains operations on email addresses.
type Emails struct{ c *Client }

// List returns the email addresses of a user, the primary one first.
func (s Emails) List(ctx context.Context, owner Owner) ([]Email, error) {
	return listAll[Email](ctx, s.c, owner.pathOf("/emails"))
}

// addEmailRequest is the body that adds an email address.
type addEmailRequest struct {
	Address string `json:"address"`
}

// Add adds an email address, and emails a link that verifies it.
func (s Emails) Add(ctx context.Context, owner Owner, address string) (Email, error) {
	return create[Email](ctx, s.c, owner.pathOf("/emails"), addEmailRequest{address})
}

// SendVerification emails another link to an unverified address. The error is ErrConflict for a verified address, and
// ErrLimited after too many emails.
func (s Emails) SendVerification(ctx context.Context, owner Owner, id int64) error {
	_, err := post[struct{}](ctx, s.c, owner.pathOf("/emails/%d/verification", id), nil)
	return err
}

// Delete deletes an email address. The primary address cannot be deleted.
func (s Emails) Delete(ctx context.Context, owner Owner, id int64) error {
	return s.c.delete(ctx, owner.pathOf("/emails/%d", id))
}
