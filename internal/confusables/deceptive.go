package confusables

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"roster.example/roster/internal/unitext"
)

// IsDeceptive reports whether a name has invisible characters, letters in a shape of compatibility
// ("ｒｏｏｔ"), or letters of several scripts (a Cyrillic о in "root", a Coptic ⲟ in "bⲟb").
func IsDeceptive(name string) bool {
	if unitext.IsASCII(name) {
		return false
	}
	return !norm.NFKC.IsNormalString(norm.NFC.String(name)) || strings.ContainsFunc(name, unitext.IsInvisible) || mixesScripts(name)
}

// HasMixedWord reports whether a word of name has letters of several scripts. A name of several words
// may have one script in each: "Отдел IT".
func HasMixedWord(name string) bool {
	if unitext.IsASCII(name) {
		return false
	}
	apart := func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N) && !showsNothing(r) }
	return slices.ContainsFunc(strings.FieldsFunc(norm.NFKC.String(name), apart), mixesScripts)
}

// mixesScripts reports whether text is beyond the level Highly Restrictive of Unicode Technical
// Standard 39, section 5.2: characters of one script, or of a group that one language needs. Characters
// of all scripts, such as digits and signs, count for none.
func mixesScripts(text string) bool {
	var found []string
	for _, r := range text {
		script := scriptOf(r)
		if script != "" && !slices.Contains(found, script) {
			found = append(found, script)
		}
	}
	return len(found) > 1 && !slices.ContainsFunc(scriptGroups, func(group []string) bool {
		return !slices.ContainsFunc(found, func(script string) bool { return !slices.Contains(group, script) })
	})
}

// scriptGroups are the scripts that are written together in Japanese, Chinese and Korean.
var scriptGroups = [][]string{
	{"Latin", "Han", "Hiragana", "Katakana"},
	{"Latin", "Han", "Bopomofo"},
	{"Latin", "Han", "Hangul"},
}

// scriptOf returns the script of a character, "" for characters of all scripts, and "unknown" for
// those of none, which are not assigned or for private use.
func scriptOf(r rune) string {
	const arabicZero, arabicNine = '\u0660', '\u0669' // common to the scripts of Arabic, and no others
	switch {
	case r <= unicode.MaxASCII && unicode.IsLetter(r), unicode.Is(unicode.Latin, r):
		return "Latin"
	case r >= arabicZero && r <= arabicNine:
		return "Arabic"
	case unicode.In(r, unicode.Common, unicode.Inherited):
		return ""
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return "unknown"
}
