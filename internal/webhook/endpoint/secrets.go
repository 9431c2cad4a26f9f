package endpoint

import (
	"crypto/rand"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/secret"
)

const (
	secretPrefix = "whsec_" // Standard Webhooks, section "Signature scheme"
)

// NewSecret returns 32 random bytes in the form of Standard Webhooks.
func NewSecret() secret.Text {
	key := make([]byte, 32)
	rand.Read(key)
	return secret.Text(secretPrefix + base64.StdEncoding.EncodeToString(key))
}

// Secrets are the signing secrets of one webhook. After a rotation the former one signs as well
// for a while.
type Secrets struct {
	Current, Former secret.Text
	Until           time.Time // of former
}

// Encode returns the text that is encrypted and stored.
func (s Secrets) Encode() string {
	if s.Former == "" {
		return s.Current.Reveal()
	}
	return s.Current.Reveal() + " " + s.Former.Reveal() + " " + strconv.FormatInt(s.Until.Unix(), 10)
}

// ParseSecrets reads what [Secrets.Encode] wrote.
func ParseSecrets(text string) Secrets {
	words := strings.Fields(text)
	if len(words) != 3 {
		return Secrets{Current: secret.Text(text)}
	}
	until, _ := strconv.ParseInt(words[2], 10, 64) // we wrote it; 0 ends the former one
	return Secrets{secret.Text(words[0]), secret.Text(words[1]), time.Unix(until, 0)}
}

// Signing returns the secrets that sign now, the current one first.
func (s Secrets) Signing(now time.Time) []secret.Text {
	if s.Former == "" || !s.Until.After(now) {
		return []secret.Text{s.Current}
	}
	return []secret.Text{s.Current, s.Former}
}
