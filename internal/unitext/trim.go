package unitext

import (
	"strings"
	"unicode"

	"roster.example/roster/internal/fault"
)

// Trim removes white space and characters of no width at both ends, as they come with pasting.
// Joiners stay, because they belong to letters and emoji.
func Trim(text string) string {
	const widthless = "\u200b\u200e\u200f\u2060\ufeff\u00ad" // zero-width space, marks of direction, word joiner, byte order mark, soft hyphen
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(widthless, r) })
}

// TrimAll trims each text. A text of blanks alone stays as it is, so that it is rejected as blank
// and not taken for absent.
func TrimAll(texts ...*string) {
	for _, text := range texts {
		if trimmed := Trim(*text); trimmed != "" {
			*text = trimmed
		}
	}
}

// TrimmedCopy is TrimAll for a text that may be absent.
func TrimmedCopy(text *string) *string {
	if text == nil {
		return nil
	}
	trimmed := *text
	TrimAll(&trimmed)
	return &trimmed
}

// RequireNoBlanks adds a fault for white space inside text, and reports whether there is none.
func RequireNoBlanks(f *fault.List, field, text string) bool {
	if !strings.ContainsFunc(text, unicode.IsSpace) {
		return true
	}
	f.AddMalformed(field, "it has spaces inside; remove them")
	return false
}

// Truncate shortens text to at most n bytes without splitting a UTF-8 sequence.
func Truncate(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n]
}
