package client

import (
	"context"
	"net/url"
	"time"
)

// Owner is whose addresses, keys, tokens or sessions are meant. Make one with [Mine]
// or [Of]; the zero value is nobody.
type Owner struct{ path string }

// Mine means those of the caller.
func CurrentUser() Owner { return Owner{"/me"} }

// Of means those of a person.
func UserID(id int64) Owner { return Owner{path("/users/%d", id)} }

// at is the path of what the owner has.
func (o Owner) pathOf(format string, parts ...any) string {
	if o.path == "" {
		o = UserID(0) // which the server refuses
	}
	return o.path + path(format, parts...)
}

// Email is a mail address of a person.
type Email struct {
	ID        int64     `json:"id"`
	Address   string    `json:"address"`
	Primary   bool      `json:"primary"`
	Verified  bool      `json:"verified"` // its holder followed a link that was sent to it
	CreatedAt time.Time `json:"created_at"`
}

// Emails is about mail addresses of people.
type Emails struct{ c *Client }

// List lists them, the primary one first.
func (s Emails) List(ctx context.Context, whose Owner) ([]Email, error) {
	return listAll[Email](ctx, s.c, whose.pathOf("/emails"))
}

// newEmail is the body that adds an address.
type addEmailRequest struct {
	Address string `json:"address"`
}

// Add adds an address. A link is mailed to it, by which its holder proves it.
func (s Emails) Add(ctx context.Context, whose Owner, address string) (Email, error) {
	return create[Email](ctx, s.c, whose.pathOf("/emails"), addEmailRequest{address})
}

// SendVerification mails a link to an unverified address again. It is a Conflict for a
// verified address, and Limited after too many emails.
func (s Emails) SendVerification(ctx context.Context, whose Owner, id int64) error {
	_, err := post[struct{}](ctx, s.c, whose.pathOf("/emails/%d/verification", id), nil)
	return err
}

// Remove removes an address. The primary one stays.
func (s Emails) Delete(ctx context.Context, whose Owner, id int64) error {
	return s.c.delete(ctx, whose.pathOf("/emails/%d", id))
}

// Key is an SSH key: its public half.
type Key struct {
	ID          int64      `json:"id"`
	UserID      int64      `json:"user_id"`
	Title       string     `json:"title"`
	Key         string     `json:"key"`         // without comment
	Fingerprint string     `json:"fingerprint"` // as ssh-keygen -l shows it; unique on the server
	Type        string     `json:"type"`        // "ssh-ed25519"
	Bits        int        `json:"bits"`
	Usage       string     `json:"usage"` // auth_and_signing, auth or signing
	CreatedAt   time.Time  `json:"created_at"`
	ExpiresAt   *time.Time `json:"expires_at"`   // nil for never
	LastUsedAt  *time.Time `json:"last_used_at"` // nil for never
}

// NewKey is an SSH key to be added.
type NewKey struct {
	Key       string     `json:"key"`                  // one line as in authorized_keys
	Title     string     `json:"title,omitempty"`      // empty takes the comment of the key
	Usage     string     `json:"usage,omitempty"`      // empty is auth_and_signing
	ExpiresAt *time.Time `json:"expires_at,omitempty"` // nil for never
}

// Keys is about SSH keys of people.
type Keys struct{ c *Client }

// List lists them. Whoever sees the person sees them.
func (s Keys) List(ctx context.Context, whose Owner) ([]Key, error) {
	return listAll[Key](ctx, s.c, whose.pathOf("/keys"))
}

// Add adds a key, which nobody else may have.
func (s Keys) Add(ctx context.Context, whose Owner, n NewKey) (Key, error) {
	return create[Key](ctx, s.c, whose.pathOf("/keys"), n)
}

// Remove removes a key.
func (s Keys) Delete(ctx context.Context, whose Owner, id int64) error {
	return s.c.delete(ctx, whose.pathOf("/keys/%d", id))
}

// Find finds a key by its fingerprint, among people whom the caller may see.
func (s Keys) GetByFingerprint(ctx context.Context, fingerprint string) (Key, error) {
	return get[Key](ctx, s.c, "/keys", url.Values{"fingerprint": {fingerprint}})
}

// Token is an access token without its text.
type Token struct {
	ID         int64      `json:"id"`
	UserID     int64      `json:"user_id"`
	Name       string     `json:"name"`
	Scopes     []string   `json:"scopes"` // api, read_api, read_user, sudo
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`   // nil for never
	LastUsedAt *time.Time `json:"last_used_at"` // to the minute; nil for never
	RevokedAt  *time.Time `json:"revoked_at"`   // nil while it is good
}

// ShownToken is a token this once with its text.
type TokenWithSecret struct {
	Token
	Text string `json:"token"`
}

// NewToken is an access token to be made.
type NewToken struct {
	Name      string     `json:"name"`
	Scopes    []string   `json:"scopes"`               // no more than the credential of the client has
	ExpiresAt *time.Time `json:"expires_at,omitempty"` // nil for never
}

// Tokens is about access tokens of people.
type Tokens struct{ c *Client }

// List lists them without their texts; revoked ones, too.
func (s Tokens) List(ctx context.Context, whose Owner) ([]Token, error) {
	return listAll[Token](ctx, s.c, whose.pathOf("/tokens"))
}

// Create makes a token. Its text is shown this once.
func (s Tokens) Create(ctx context.Context, whose Owner, n NewToken) (TokenWithSecret, error) {
	return create[TokenWithSecret](ctx, s.c, whose.pathOf("/tokens"), n)
}

// Rotate gives a token a new text, which is shown this once, and a new id; the one
// before is dead at once. It is tried once.
func (s Tokens) Rotate(ctx context.Context, whose Owner, id int64) (TokenWithSecret, error) {
	return post[TokenWithSecret](ctx, s.c, whose.pathOf("/tokens/%d/rotate", id), nil)
}

// Revoke makes a token worthless.
func (s Tokens) Revoke(ctx context.Context, whose Owner, id int64) error {
	return s.c.delete(ctx, whose.pathOf("/tokens/%d", id))
}

// Session is a login.
type Session struct {
	ID         int64     `json:"id"`
	Kind       string    `json:"kind"`    // which login it came from: wekan, pm415, console
	Current    bool      `json:"current"` // the one that the request came with
	Address    string    `json:"address"` // from where it was opened
	UserAgent  string    `json:"user_agent"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"` // to the minute
	ExpiresAt  time.Time `json:"expires_at"`
}

// Sessions is about logins of people.
type Sessions struct{ c *Client }

// List lists the logins.
func (s Sessions) List(ctx context.Context, whose Owner) ([]Session, error) {
	return listAll[Session](ctx, s.c, whose.pathOf("/sessions"))
}

// End ends a login.
func (s Sessions) Revoke(ctx context.Context, whose Owner, id int64) error {
	return s.c.delete(ctx, whose.pathOf("/sessions/%d", id))
}

// EndOthers ends all logins but the one that the request comes with.
func (s Sessions) RevokeOthers(ctx context.Context, whose Owner) error {
	return s.c.delete(ctx, whose.pathOf("/sessions"))
}
