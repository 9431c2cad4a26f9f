package directory

import "time"

// TokenID identifies an access token.
type TokenID int64

// AccessToken is a credential that a person or script carries. Only a hash of
// its text is stored; the text is shown once, when it is made.
type AccessToken struct {
	ID         TokenID
	Owner      UserID
	Name       string
	Scopes     Scopes
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero means never
	LastUsedAt time.Time // zero means never; kept to the minute
	RevokedAt  time.Time // zero while good
}

// APIKey is the one key per user that the old APIs show again on request. It is
// encrypted at rest and found by a keyed hash.
type APIKey struct {
	Owner      UserID
	Lookup     []byte // keyed hash of the text
	Sealed     []byte // the text, encrypted
	KeyID      string // the encryption key that sealed it
	CreatedAt  time.Time
	LastUsedAt time.Time
}

// SessionID identifies a login.
type SessionID int64

// SessionKind says which door a login came through, and so how long it lasts
// and what its token looks like.
type SessionKind string

// The kinds of session.
const (
	WekanLogin   SessionKind = "wekan"
	PM415Login   SessionKind = "pm415"
	ConsoleLogin SessionKind = "console"
)

// Session is a login. Only a hash of its token is stored.
type Session struct {
	ID                 SessionID
	User               UserID
	Kind               SessionKind
	Org                OrgID // the organization chosen at pm415; zero for none
	CreatedAt          time.Time
	LastUsedAt         time.Time
	ExpiresAt          time.Time
	PasswordVerifiedAt time.Time // when the person last showed the password; zero for logins opened without
	InheritsExpiry     bool      // a credential that expires opened it: what it makes expires with it
	Address            string
	Agent              string
}
