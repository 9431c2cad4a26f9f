package directory

import "time"

// KeyID identifies an SSH key.
type KeyID int64

// SSHKey lets its owner in wherever this server is asked about keys.
//
// The server never sees a private half. Two people may not hold the same key: a
// shared key would make the event log name the wrong person.
type SSHKey struct {
	ID          KeyID
	Owner       UserID
	Title       string
	Public      string // "type base64", without options or comment
	Comment     string // as it stood behind the key when it was added
	Fingerprint string // "SHA256:…", unique on the server
	Type        string
	Bits        int
	Usage       KeyUsage
	CreatedAt   time.Time
	ExpiresAt   time.Time // zero means never
	LastUsedAt  time.Time // zero means never
}

// KeyUsage says what a key may be used for (GitLab's usage_type).
type KeyUsage string

// The usages of a key.
const (
	AuthAndSigning KeyUsage = "auth_and_signing"
	AuthOnly       KeyUsage = "auth"
	SigningOnly    KeyUsage = "signing"
)

// defaultMaxKeys is how many SSH keys one person may hold.
const defaultMaxKeys = 100
