package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Key is an SSH public key.
type Key struct {
	ID          int64      `json:"id"`
	UserID      int64      `json:"user_id"`
	Title       string     `json:"title"`
	Key         string     `json:"key"`         // without comment
	Fingerprint string     `json:"fingerprint"` // as printed by ssh-keygen -l; unique on the server
	Type        string     `json:"type"`        // "ssh-ed25519"
	Bits        int        `json:"bits"`
	Usage       string     `json:"usage"` // auth_and_signing, auth or signing
	CreatedAt   time.Time  `json:"created_at"`
	ExpiresAt   *time.Time `json:"expires_at"`   // nil if never
	LastUsedAt  *time.Time `json:"last_used_at"` // nil if never
}

// NewKey is the input that adds an SSH key.
type NewKey struct {
	Key       string     `json:"key"`                  // one line of an authorized_keys file
	Title     string     `json:"title,omitempty"`      // empty means the comment of the key
	Usage     string     `json:"usage,omitempty"`      // empty means auth_and_signing
	ExpiresAt *time.Time `json:"expires_at,omitempty"` // nil if never
}

// Keys contains operations on SSH keys.
type Keys struct{ c *Client }

// List returns the SSH keys of a user. All callers that can see the user can see them.
func (s Keys) List(ctx context.Context, owner Owner) ([]Key, error) {
	return listAll[Key](ctx, s.c, owner.pathOf("/keys"))
}

// Add adds a key. A key can belong to one user only.
func (s Keys) Add(ctx context.Context, owner Owner, n NewKey) (Key, error) {
	return create[Key](ctx, s.c, owner.pathOf("/keys"), n)
}

// Delete deletes a key.
func (s Keys) Delete(ctx context.Context, owner Owner, id int64) error {
	return s.c.delete(ctx, owner.pathOf("/keys/%d", id))
}

// GetByFingerprint returns a key by its fingerprint, if the caller can see its owner.
func (s Keys) GetByFingerprint(ctx context.Context, fingerprint string) (Key, error) {
	return get[Key](ctx, s.c, "/keys", url.Values{"fingerprint": {fingerprint}})
}

// GetAuthorized returns the SSH keys that a user may currently sign in with, one line for each, in the format of
// authorized_keys. The text is empty for an unknown or inactive user and for a user that the caller cannot see.
func (s Keys) GetAuthorized(ctx context.Context, username string) (string, error) {
	var text []byte
	req := request{method: http.MethodGet, path: "/ssh-keys/" + url.PathEscape(username)}
	err := s.c.retry(ctx, req, func(ctx context.Context) error {
		ctx, cancel := s.c.withTimeout(ctx)
		defer cancel()
		resp, err := s.c.send(ctx, req, nil, "")
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }() // read completely, or failed
		text, err = io.ReadAll(resp.Body)
		return asConnectionError(req, err)
	})
	return string(text), err
}
