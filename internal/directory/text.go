package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"roster.example/roster/internal/fault"
)

// Fold is how names and addresses are compared: Unicode case folding over NFC.
// Stores keep the folded form beside the given one.
func Fold(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	return norm.NFC.String(strings.Map(foldCherokee, cases.Fold().String(norm.NFC.String(text))))
}

// cherokee folds the one script whose small letters fold to capitals; the library
// exchanges the two, so that they would never meet (CaseFolding.txt, U+13F8 and U+AB70).
func foldCherokee(r rune) rune {
	switch {
	case r >= 0xAB70 && r <= 0xABBF:
		return r - 0xAB70 + 0x13A0
	case r >= 0x13F8 && r <= 0x13FD:
		return r - 8
	}
	return r
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// printable refuses what no username or address may hold: control and format
// characters (also those that turn the direction of writing), line and paragraph
// separators, and broken UTF-8.
// XML 1.0 cannot even carry most of them.
func isPrintable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, isUnprintable)
}

func isUnprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == '\uFFFE' || r == '\uFFFF'
}

// illegibility explains why a text is not legible or printable.
func illegibleReason(text string) string {
	switch {
	case !utf8.ValidString(text):
		return "it is not valid UTF-8; send it in this encoding"
	case strings.ContainsAny(text, "\r\n"):
		return "it contains a line break; write it in one line"
	case strings.ContainsFunc(text, unicode.IsControl):
		return "it contains a control character, such as a tab; remove it"
	}
	return "it contains invisible characters or marks that change the direction of text; type it again without them"
}

const (
	zwnj      = '\u200C'
	zwj       = '\u200D'
	blackFlag = '\U0001F3F4'
	cancelTag = '\U000E007F'
	// maxTags is longer than the tags of any flag, which are a code of a region.
	maxTags = 8
)

// legible is printable for names and prose, which also take joiners between letters or
// emoji (Persian and Sinhala names need them, and emoji of several parts), and the tags
// of flags.
func isLegible(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == blackFlag:
			i += tagsAt(runes[i+1:])
		case r == zwnj || r == zwj:
			if !joinerAllowed(runes, i) {
				return false
			}
		case isUnprintable(r):
			return false
		}
	}
	return true
}

// tagsAt returns how many runes at the start of rest are the tags of a flag; 0 if they
// are not whole.
func tagsAt(rest []rune) int {
	for n, r := range rest[:min(len(rest), maxTags)] {
		switch {
		case r == cancelTag && n > 0:
			return n + 1
		case r < '\U000E0030' || r > '\U000E0039' && r < '\U000E0061' || r > '\U000E007A':
			return 0
		}
	}
	return 0
}

// virama is the canonical combining class of signs that kill a vowel; a joiner after one
// shapes it (RFC 5892, appendix A.2).
const virama = 9

// joins reports whether the joiner at i stands between letters or emoji, or after a
// virama.
func joinerAllowed(runes []rune, i int) bool {
	if i == 0 {
		return false
	}
	before := runes[i-1]
	if norm.NFC.PropertiesString(string(before)).CCC() == virama {
		return true
	}
	if i+1 == len(runes) {
		return false
	}
	left := unicode.In(before, unicode.L, unicode.M, unicode.So, unicode.Sk, unicode.Sm) || before == cancelTag
	return left && unicode.In(runes[i+1], unicode.L, unicode.So, unicode.Sm)
}

// visible reports whether text shows anything.
func hasVisible(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.In(r, unicode.Z, unicode.Cc, unicode.Cf, unicode.M) && !isInvisible(r)
	})
}

// unseen reports whether r is a character that shows nothing.
func isInvisible(r rune) bool {
	const brailleBlank = '\u2800'
	return r == brailleBlank || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// checkUniqueName is checkText for names that are unique and that other programs may
// compare: without joiners and variation selectors after letters of scripts that do
// not need them, where they only make a double of another name.
func checkUniqueName(f *fault.List, field, text string, limit int) {
	before := len(*f)
	checkText(f, field, text, limit)
	if len(*f) == before && hasHiddenMark(text) {
		f.AddMalformed(field, "it contains invisible characters; type it again without them")
	}
}

func hasHiddenMark(text string) bool {
	var before rune
	for _, r := range text {
		invisible := r == zwnj || r == zwj || isInvisible(r)
		if invisible && (unicode.In(before, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Nd) || before == ' ') {
			return true
		}
		before = r
	}
	return false
}

// checkText wants one printable line of 1 to limit characters.
func checkText(f *fault.List, field, text string, limit int) {
	if strings.TrimSpace(text) == "" {
		f.Add(field, fault.Blank, 0)
		return
	}
	checkOptional(f, field, text, limit)
}

// checkOptional wants one printable line of at most limit characters.
func checkOptional(f *fault.List, field, text string, limit int) {
	switch {
	case utf8.RuneCountInString(text) > limit:
		f.Add(field, fault.TooLong, limit)
	case !isLegible(text):
		f.AddMalformed(field, illegibleReason(text))
	case strings.TrimSpace(text) != "" && !hasVisible(text):
		f.AddMalformed(field, "it contains invisible characters alone; write at least one letter, digit or sign")
	}
}

// checkProse is checkOptional for text of several lines.
func checkProse(f *fault.List, field, text string, limit int) {
	checkOptional(f, field, strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(text), limit)
}
