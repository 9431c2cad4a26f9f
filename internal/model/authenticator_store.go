package model

import "time"

// AuthenticatorReader reads second factors.
type AuthenticatorReader interface {
	Authenticators(user UserID) ([]Authenticator, error) // by id
	// FactorKinds lists the kinds of the authenticators of each of the users, each kind once, sorted.
	FactorKinds(users []UserID) (map[UserID][]AuthenticatorKind, error)
	AuthenticatorByCredential(credential []byte) (Authenticator, error)
	// AuthenticatorsAfter lists the authenticators of all users by id, for a change of the encryption key.
	AuthenticatorsAfter(after AuthenticatorID, limit int) ([]Authenticator, error)
	RecoveryCodes(user UserID) ([]RecoveryCode, error) // by hash, with used ones
	CeremonyByHash(hash []byte) (Ceremony, error)
}

// AuthenticatorWriter writes second factors.
type AuthenticatorWriter interface {
	AddAuthenticator(a *Authenticator) error   // Conflict on "passkey" if the credential is registered
	ChangeAuthenticator(a Authenticator) error // name, Sealed, KeyID, LastUsedAt; NotFound if it does not belong to a.User
	DropAuthenticator(user UserID, id AuthenticatorID) error
	// UseStep stores the time step of an accepted code. NotFound if the step, or a later one, was used.
	UseStep(user UserID, id AuthenticatorID, step int64, at time.Time) error
	PutRecoveryCodes(user UserID, codes []RecoveryCode) error     // replaces all codes of the user
	UseRecoveryCode(user UserID, hash []byte, at time.Time) error // NotFound unless the user has this unused code
	AddCeremony(c *Ceremony, hash []byte) error
	DropCeremony(id CeremonyID) error // NotFound if it was finished
	DropCeremonies(user UserID) error // all enrolments of the user
}
