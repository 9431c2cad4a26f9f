package model

import (
	"time"

	"roster.example/roster/internal/throttle"
)

// CredentialReader reads keys, tokens and sessions.
type CredentialReader interface {
	Key(id KeyID) (SSHKey, error)
	KeyByFingerprint(fingerprint string) (SSHKey, error)
	Keys(owner UserID) ([]SSHKey, error) // by id
	Token(id TokenID) (AccessToken, error)
	TokenByHash(hash []byte) (AccessToken, error)
	Tokens(owner UserID) ([]AccessToken, error)          // by id, with revoked ones
	LiveTokens(owner UserID, now time.Time) (int, error) // neither revoked nor expired
	APIKeyOf(owner UserID) (APIKey, error)
	APIKeysOf(owners []UserID) ([]APIKey, error)       // of those that have one; in the order of owners, if that is by id
	APIKeyByLookup(lookups [][]byte) (APIKey, error)   // any of them
	APIKeys(after UserID, limit int) ([]APIKey, error) // by owner; for a change of the encryption key
	SessionByHash(hash []byte) (Session, error)
	Sessions(user UserID) ([]Session, error) // by id
	Session(user UserID, id SessionID) (Session, error)
	throttle.Reader
	StoredResponse(user UserID, key string) (StoredResponse, error)
	KeyCheck() (KeyCheck, error)
}

// CredentialWriter writes keys, tokens and sessions.
type CredentialWriter interface {
	AddKey(k *SSHKey) error
	DropKey(owner UserID, id KeyID) error
	AddToken(t *AccessToken, hash []byte) error
	RevokeToken(owner UserID, id TokenID, at time.Time) error // NotFound if it does not belong to the user
	RevokeTokens(owner UserID, at time.Time) error
	DropEndedTokens(owner UserID, now time.Time, keep int) error // deletes revoked and expired tokens, except the newest keep of them
	// DropEnded deletes access tokens that were revoked or expired before a time, invitations
	// that were accepted or revoked before it, and links that were used before it; at most
	// limit rows. It returns how many.
	DropEnded(before time.Time, limit int) (int, error)
	PutAPIKey(k APIKey) error // replaces the previous one
	DropAPIKey(owner UserID) error
	AddSession(s *Session, hash []byte) error
	DropSession(user UserID, id SessionID) error
	DropSessions(user UserID) error
	throttle.Writer
	AddStoredResponse(a StoredResponse) error // Conflict if one with the same key has not expired
	PutStoredResponse(user UserID, key string, sealed []byte) error
	PutKeyCheck(c KeyCheck) error // replaces the previous one
	// Expire deletes rows of a kind that expired before now, at most limit. It returns how many.
	Expire(kind ExpiringKind, now time.Time, limit int) (int, error)
}

// ExpiringKind is a kind of row that Expire deletes.
type ExpiringKind string

const (
	ExpiringSessions      ExpiringKind = "session"
	ExpiringLinks         ExpiringKind = "link"
	ExpiringResponses     ExpiringKind = "answer"
	ExpiringFailedMails   ExpiringKind = "mail"
	ExpiringReservedNames ExpiringKind = "name"
	ExpiringThrottles     ExpiringKind = "throttle"
	ExpiringCeremonies    ExpiringKind = "ceremony"

	ExpiringNoticeAddresses ExpiringKind = "notice_address"
)

// ExpiringKinds lists all kinds.
func ExpiringKinds() []ExpiringKind {
	return []ExpiringKind{ExpiringSessions, ExpiringLinks, ExpiringResponses, ExpiringFailedMails, ExpiringReservedNames, ExpiringThrottles, ExpiringCeremonies, ExpiringNoticeAddresses}
}

// KeyCheck identifies and proves the encryption key in use.
type KeyCheck struct {
	KeyID  string
	Sealed []byte
}

// StoredResponse is the response to a request with an idempotency key (Idempotency-Key in
// HTTP). The key is reserved in the transaction of the operation, so that the operation is not
// repeated. The same transaction stores the response if [idempotency.WithEncoder] was used.
type StoredResponse struct {
	User       UserID
	Key        string    // chosen by the caller
	Request    []byte    // hash of the request
	Sealed     []byte    // the response, encrypted; empty while there is none
	ReservedAt time.Time // when the key was reserved
	ExpiresAt  time.Time // when the key can be used again
}
