package directory

import (
	"strings"
	"unicode"

	"roster.example/roster/internal/fault"
)

// TrimBlanks removes white space and characters of no width at both ends, which come
// with pasting. Every operation takes names and addresses without them; blanks inside
// are refused. Joiners stay, for they belong to letters and emoji.
func TrimBlanks(text string) string {
	const widthless = "\u200b\u200e\u200f\u2060\ufeff\u00ad" // zero-width space, marks of direction, word joiner, byte order mark, soft hyphen
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(widthless, r) })
}

// trimBlanks is TrimBlanks for each of the texts. One of blanks alone stays, so that it is
// refused as blank and not taken for absent.
func trimBlanks(texts ...*string) {
	for _, text := range texts {
		if trimmed := TrimBlanks(*text); trimmed != "" {
			*text = trimmed
		}
	}
}

// trimmedCopy is TrimBlanks for a text that may be absent.
func trimmedCopy(text *string) *string {
	if text == nil {
		return nil
	}
	trimmed := *text
	trimBlanks(&trimmed)
	return &trimmed
}

// noBlanks adds a fault for blanks inside of a text, and reports whether there are none.
func requireNoBlanks(f *fault.List, field, text string) bool {
	if !strings.ContainsFunc(text, unicode.IsSpace) {
		return true
	}
	f.AddMalformed(field, "it has spaces inside; remove them")
	return false
}
