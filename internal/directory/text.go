package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold is how names and addresses are compared: Unicode case folding over NFC.
// Stores keep the folded form beside the given one.
func Fold(text string) string {
	if ascii(text) {
		return strings.ToLower(text)
	}
	return norm.NFC.String(strings.Map(cherokee, cases.Fold().String(norm.NFC.String(text))))
}

// cherokee folds the one script whose small letters fold to capitals; the library
// exchanges the two, so that they would never meet (CaseFolding.txt, U+13F8 and U+AB70).
func cherokee(r rune) rune {
	switch {
	case r >= 0xAB70 && r <= 0xABBF:
		return r - 0xAB70 + 0x13A0
	case r >= 0x13F8 && r <= 0x13FD:
		return r - 8
	}
	return r
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// printable refuses what no name, title or address may hold: control and format
// characters (also those that turn the direction of writing), line and paragraph
// separators, and broken UTF-8.
// XML 1.0 cannot even carry most of them.
func printable(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == '\uFFFE' || r == '\uFFFF' {
			return false
		}
	}
	return true
}

// checkText wants one printable line of 1 to limit characters.
func checkText(f *faults, field, text string, limit int) {
	if strings.TrimSpace(text) == "" {
		f.add(field, Blank, 0)
		return
	}
	checkOptional(f, field, text, limit)
}

// checkOptional wants one printable line of at most limit characters.
func checkOptional(f *faults, field, text string, limit int) {
	switch {
	case utf8.RuneCountInString(text) > limit:
		f.add(field, TooLong, limit)
	case !printable(text):
		f.add(field, Malformed, 0)
	}
}

// checkProse is checkOptional for text of several lines.
func checkProse(f *faults, field, text string, limit int) {
	checkOptional(f, field, strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(text), limit)
}
