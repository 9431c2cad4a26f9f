package model

import "time"

// KeyID identifies an SSH key.
type KeyID int64

// SSHKey is the public half of a key by which its owner logs in to machines that ask this
// server.
//
// A fingerprint is unique on the server: with a shared key, events would name the wrong user.
type SSHKey struct {
	ID          KeyID
	Owner       UserID
	Title       string
	Public      string // "type base64", without options or comment
	Comment     string // the comment behind the key when it was added
	Fingerprint string // "SHA256:…", unique on the server
	Type        string
	Bits        int
	Usage       KeyUsage
	CreatedAt   time.Time
	ExpiresAt   time.Time // zero means never
	LastUsedAt  time.Time // zero means never
}

// KeyUsage is the permitted use of a key (GitLab's usage_type).
type KeyUsage string

// The usages of a key.
const (
	AuthAndSigning KeyUsage = "auth_and_signing"
	AuthOnly       KeyUsage = "auth"
	SigningOnly    KeyUsage = "signing"
)

// OpensAt reports whether the key can be used to log in at now.
func (k SSHKey) OpensAt(now time.Time) bool {
	return k.Usage != SigningOnly && (k.ExpiresAt.IsZero() || k.ExpiresAt.After(now))
}

// NewKey describes an SSH key to be added.
type NewKey struct {
	Title     string // empty takes the comment of the key, unless NeedTitle is set
	NeedTitle bool   // an empty title is a fault
	Key       string // one line in the format of authorized_keys
	Usage     KeyUsage
	ExpiresAt time.Time
}
