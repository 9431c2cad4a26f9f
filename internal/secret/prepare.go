package secret

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Prepare returns the form of a password that is hashed and compared: composed (NFC), with
// every kind of space as U+0020. Keyboards and systems send one password in several forms.
// It follows OpaqueString of RFC 8265, section 4.2, but rejects nothing.
func Prepare(password string) string {
	ascii := !strings.ContainsFunc(password, func(r rune) bool { return r > unicode.MaxASCII })
	if ascii || !utf8.ValidString(password) {
		return password
	}
	spaced := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, password)
	return norm.NFC.String(spaced)
}
