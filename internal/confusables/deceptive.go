package confusables

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"roster.example/roster/internal/unitext"
)

// IsDeceptive reports whether a name has invisible characters, letters in a shape of compatibility
// ("ｒｏｏｔ"), or letters of several scripts that look alike (a Cyrillic о in "root"). Unicode
// Technical Standard 39 goes further.
func IsDeceptive(name string) bool {
	if !norm.NFKC.IsNormalString(norm.NFC.String(name)) {
		return true
	}
	scripts := 0
	for _, script := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek} {
		if strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(script, r) }) {
			scripts++
		}
	}
	return scripts > 1 || strings.ContainsFunc(name, unitext.IsInvisible)
}
