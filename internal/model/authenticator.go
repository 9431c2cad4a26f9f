package model

import "time"

// AuthenticatorID identifies an authenticator.
type AuthenticatorID int64

// AuthenticatorKind is the kind of an authenticator.
type AuthenticatorKind string

// The kinds of authenticator.
const (
	TOTPAuthenticator    AuthenticatorKind = "totp"    // an app that shows time-based codes (RFC 6238)
	PasskeyAuthenticator AuthenticatorKind = "passkey" // a WebAuthn credential that verifies its user
)

// Authenticator is a second factor of a user. An account with an authenticator is not opened by its
// password alone. A passkey opens it without the password too.
type Authenticator struct {
	ID           AuthenticatorID
	User         UserID
	Kind         AuthenticatorKind
	Name         string
	CredentialID []byte // of a passkey, unique on the server; empty for other kinds
	Sealed       []byte // the secret of the codes or the credential record of the passkey, encrypted
	KeyID        string // id of the encryption key
	LastStep     int64  // the last time step whose code was accepted; 0 for none
	CreatedAt    time.Time
	LastUsedAt   time.Time // zero means never
}

// RecoveryCode replaces an authenticator once. Only its hash is stored.
type RecoveryCode struct {
	User      UserID
	Hash      []byte
	CreatedAt time.Time
	UsedAt    time.Time // zero if it was not used
}

// CeremonyID identifies a ceremony.
type CeremonyID int64

// CeremonyKind is what a ceremony is for.
type CeremonyKind string

// The kinds of ceremony.
const (
	EnrolTOTP       CeremonyKind = "enrol_totp"
	RegisterPasskey CeremonyKind = "register_passkey"
	AssertPasskey   CeremonyKind = "assert_passkey"
)

// Ceremony is an enrolment or a proof of a passkey that has begun. It is found by the hash of a token
// that only its client has, and ends when it is finished or expires.
type Ceremony struct {
	ID        CeremonyID
	Kind      CeremonyKind
	User      UserID // of an enrolment; zero for AssertPasskey
	Sealed    []byte // what finishing it needs, encrypted
	ExpiresAt time.Time
}
