package model

import "time"

// TokenID identifies an access token.
type TokenID int64

// AccessToken is a credential for scripts and programs. Only a hash of its text is stored; the
// text is returned once, when the token is created.
type AccessToken struct {
	ID         TokenID
	Owner      UserID
	Name       string
	Scopes     Scopes
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero means never
	LastUsedAt time.Time // zero means never; to the minute
	RevokedAt  time.Time // zero if not revoked
}

// APIKey is the one credential of a user that the compatible APIs return again. It is
// encrypted and found by a keyed hash.
type APIKey struct {
	Owner      UserID
	Lookup     []byte // keyed hash of the text
	Sealed     []byte // the text, encrypted
	KeyID      string // id of the encryption key
	CreatedAt  time.Time
	LastUsedAt time.Time
}

// SessionID identifies a session.
type SessionID int64

// SessionKind is the API that a session was created through. It determines the lifetime of the
// session and the format of its token.
type SessionKind string

// The kinds of session.
const (
	WekanLogin   SessionKind = "wekan"
	PM415Login   SessionKind = "pm415"
	ConsoleLogin SessionKind = "console"
)

// Session is created by a login. Only a hash of its token is stored.
type Session struct {
	ID                 SessionID
	User               UserID
	Kind               SessionKind
	Org                OrgID // the selected organization of a pm415 session; zero for none
	CreatedAt          time.Time
	LastUsedAt         time.Time
	ExpiresAt          time.Time
	PasswordVerifiedAt time.Time // last password check; zero if the session was created without one
	SecondFactorAt     time.Time // last proof of a second factor; zero for none
	Exempt             bool      // not opened by a login of the user: it needs no second factor, and changes none
	InheritsExpiry     bool      // created by a credential that expires: credentials created by the session expire with it
	Address            string
	Agent              string
}

// AuthenticatedAt returns the last password check, or for a user without a password the
// creation of the session.
func (s Session) AuthenticatedAt(owner User) time.Time {
	if s.PasswordVerifiedAt.IsZero() && !owner.HasPassword {
		return s.CreatedAt
	}
	return s.PasswordVerifiedAt
}
