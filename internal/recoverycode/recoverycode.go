// Package recoverycode creates the codes that replace a lost second factor, each good once.
package recoverycode

import (
	"strings"

	"roster.example/roster/internal/secret"
)

const (
	// Count is the number of codes of a user.
	Count = 10
	// alphabet has no letters that look like others (Crockford's base32).
	alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	length   = 16 // 80 bits: a hash without salt cannot be searched
	group    = 4
)

// New returns Count random codes, such as "k7xm-29qd-0v3f-h8np".
func New() []secret.Text {
	codes := make([]secret.Text, Count)
	for i := range codes {
		text := secret.NewOpaque(length, alphabet).Reveal()
		var groups []string
		for at := 0; at < length; at += group {
			groups = append(groups, text[at:at+group])
		}
		codes[i] = secret.Text(strings.Join(groups, "-"))
	}
	return codes
}

// lookalikes maps what is typed in place of a character of the alphabet.
var lookalikes = strings.NewReplacer("o", "0", "i", "1", "l", "1", "-", "", " ", "", "\t", "")

// Hash returns the hash by which a code is stored. Case, hyphens and blanks do not matter, and
// neither do letters that look like digits. ok is false if text does not have the form of a code.
func Hash(text secret.Text) (hash []byte, ok bool) {
	if len(text) > 4*length {
		return nil, false
	}
	plain := lookalikes.Replace(strings.ToLower(strings.TrimSpace(text.Reveal())))
	if len(plain) != length || strings.Trim(plain, alphabet) != "" {
		return nil, false
	}
	return secret.Fingerprint("recovery code " + plain), true
}
