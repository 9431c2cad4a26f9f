// Package unitext compares and checks text in Unicode: names, titles and descriptions that users
// enter.
package unitext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"roster.example/roster/internal/fault"
)

// Fold returns the form in which names are compared: Unicode case folding over NFC. Stores keep
// it beside the given text.
func Fold(text string) string {
	if IsASCII(text) {
		return strings.ToLower(text)
	}
	return norm.NFC.String(strings.Map(foldCherokee, cases.Fold().String(norm.NFC.String(text))))
}

// foldCherokee folds the one script whose small letters fold to capitals. The library exchanges
// the two, so that they would never be equal (CaseFolding.txt, U+13F8 and U+AB70).
func foldCherokee(r rune) rune {
	switch {
	case r >= 0xAB70 && r <= 0xABBF:
		return r - 0xAB70 + 0x13A0
	case r >= 0x13F8 && r <= 0x13FD:
		return r - 8
	}
	return r
}

// IsASCII reports whether text has ASCII characters alone.
func IsASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// IsPrintable reports whether text is valid UTF-8 without control and format characters, which
// include those that change the direction of writing, and without line and paragraph separators.
// XML 1.0 cannot represent most of them.
func IsPrintable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, isUnprintable)
}

func isUnprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == '\uFFFE' || r == '\uFFFF'
}

// IllegibleReason says why a text is not printable, for the detail of a fault.
func IllegibleReason(text string) string {
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

// isLegible is IsPrintable for names and descriptions, without characters that show nothing
// (Default_Ignorable_Code_Point), such as Hangul fillers and U+034F. It accepts those that names
// need, where they are needed: joiners between letters or emoji (Persian and Sinhala names, emoji of
// several parts), variation selectors, and the tags of flags.
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
		case unicode.Is(unicode.Variation_Selector, r):
			if !selectorAllowed(runes, i) {
				return false
			}
		case isUnprintable(r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
			return false
		}
	}
	return true
}

// tagsAt returns how many runes at the start of rest are the tags of a flag, 0 if they are
// incomplete.
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

// virama is the canonical combining class of signs that remove a vowel. A joiner after one
// changes its shape (RFC 5892, appendix A.2).
const virama = 9

// joinerAllowed reports whether the joiner at i is between letters or emoji, or after a virama.
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

// selectorAllowed reports whether the variation selector at i follows a character that has variants:
// an emoji or sign, a keycap, a Chinese character, or a letter of the scripts in Unicode's list of
// standardized variation sequences.
func selectorAllowed(runes []rune, i int) bool {
	const enclosingKeycap = '\u20E3'
	if i == 0 {
		return false
	}
	r, before := runes[i], runes[i-1]
	switch {
	case r >= '\u180B' && r <= '\u180F':
		return unicode.Is(unicode.Mongolian, before)
	case r >= '\U000E0100':
		return unicode.Is(unicode.Han, before)
	case strings.ContainsRune("#*0123456789", before):
		return i+1 < len(runes) && runes[i+1] == enclosingKeycap
	}
	return unicode.In(before, unicode.So, unicode.Sm, unicode.Sk, unicode.Han, unicode.Myanmar, unicode.Phags_Pa, unicode.Manichaean) ||
		strings.ContainsRune("‼⁉〰ℹ", before)
}

// hasVisible reports whether text has a visible character.
func hasVisible(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.In(r, unicode.Z, unicode.Cc, unicode.Cf, unicode.M) && !IsInvisible(r)
	})
}

// IsInvisible reports whether r is a character that shows nothing.
func IsInvisible(r rune) bool {
	const brailleBlank = '\u2800'
	return r == brailleBlank || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// CheckUniqueName is CheckRequired for unique names that other programs may compare. It also
// rejects joiners and variation selectors after letters of scripts that do not need them: they
// would make a second name that looks the same.
func CheckUniqueName(f *fault.List, field, text string, limit int) {
	before := len(*f)
	CheckRequired(f, field, text, limit)
	if len(*f) == before && hasHiddenMark(text) {
		f.AddMalformed(field, "it contains invisible characters; type it again without them")
	}
}

// hasHiddenMark reports whether an invisible character follows a letter that does not need it.
func hasHiddenMark(text string) bool {
	var before rune
	for _, r := range text {
		invisible := r == zwnj || r == zwj || IsInvisible(r)
		if invisible && (unicode.In(before, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Nd) || before == ' ') {
			return true
		}
		before = r
	}
	return false
}

// CheckRequired adds a fault unless text is one legible line of 1 to limit characters.
func CheckRequired(f *fault.List, field, text string, limit int) {
	if strings.TrimSpace(text) == "" {
		f.Add(field, fault.Blank, 0)
		return
	}
	CheckOptional(f, field, text, limit)
}

// CheckOptional adds a fault unless text is one legible line of at most limit characters.
func CheckOptional(f *fault.List, field, text string, limit int) {
	switch {
	case utf8.RuneCountInString(text) > limit:
		f.Add(field, fault.TooLong, limit)
	case !isLegible(text):
		f.AddMalformed(field, IllegibleReason(text))
	case strings.TrimSpace(text) != "" && !hasVisible(text):
		f.AddMalformed(field, "it contains only invisible characters; write at least one letter, digit or sign")
	}
}

// CheckMultiline is CheckOptional for text with line breaks and tabs.
func CheckMultiline(f *fault.List, field, text string, limit int) {
	CheckOptional(f, field, strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(text), limit)
}

// FoldCompatible is Fold for text in which characters of compatibility stand for plain ones.
// Each of the two forms can undo the other for a few characters, so it repeats both until nothing
// changes.
func FoldCompatible(text string) string {
	const enough = 4
	for range enough {
		folded := norm.NFKC.String(Fold(norm.NFKC.String(text)))
		if folded == text {
			break
		}
		text = folded
	}
	return text
}
