package confusables

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/runenames"
)

// Small capitals, letters with a stroke, letters in squares and the like are found by their
// names, which golang.org/x/text has.
func TestLookAlikeTableMapsToLatinLetters(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`^(?:FULLWIDTH |(?:NEGATIVE )?(?:CIRCLED|SQUARED) |REGIONAL INDICATOR SYMBOL |MATHEMATICAL (?:[A-Z-]+ )+)?` +
		`(?:LATIN )?(?:CAPITAL |SMALL )?(?:LETTER (?:SMALL CAPITAL )?)?([A-Z])(?: WITH [A-Z ]+)?$`)
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if !unicode.In(r, unicode.L, unicode.So) { // the cheapest condition first
			continue
		}
		name := runenames.Name(r)
		found := named.FindStringSubmatch(name)
		if found == nil || strings.Contains(name, "WITH SMALL LETTER") || !norm.NFC.IsNormalString(string(r)) {
			continue
		}
		if got, want := Skeleton(string(r)), Skeleton(found[1]); got != want {
			t.Errorf("%c (%U, %s): got %q, want %q", r, r, name, got, want)
		}
	}
}

func FuzzSkeleton(f *testing.F) {
	for _, seed := range []string{"admin", "ᴀᴅᴍɪɴ", "\xff", "ﷺ", "a\u0301", "İ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if got := Skeleton(strings.ToUpper(name)); name == strings.ToLower(name) && isLatin(name) && got != Skeleton(name) {
			t.Errorf("%q: got %q in capitals, %q in small letters", name, got, Skeleton(name))
		}
	})
}

func isLatin(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}
