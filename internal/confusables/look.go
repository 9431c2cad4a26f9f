package confusables

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"roster.example/roster/internal/unitext"
)

// LookKey returns a text that is the same for names that cannot be told apart by their look: the
// skeleton of Unicode Technical Standard 39, section 4, without regard to case. Unlike [Skeleton],
// it keeps accents, digits and signs, so that it serves for comparing any two names. Names that
// differ only in the letters l and i have one key.
func LookKey(name string) string {
	key := ""
	if isPlain(name) {
		key = unitext.Fold(name)
	} else {
		key = spell(name, 'i')
	}
	return strings.ReplaceAll(key, "l", "i")
}

// PlainSpellings returns the folded names that name looks like, if it does not consist of plain
// characters itself. There are two if it has a character that looks like l and like a capital i.
func PlainSpellings(name string) []string {
	if isPlain(name) {
		return nil
	}
	return slices.Compact([]string{spell(name, 'i'), spell(name, 'l')})
}

// Alike reports whether two names are equal without regard to case, or look alike.
func Alike(a, b string) bool {
	if unitext.Fold(a) == unitext.Fold(b) {
		return true
	}
	return !(isPlain(a) && isPlain(b)) && LookKey(a) == LookKey(b)
}

// isPlain reports whether name is its own spelling, except for capitals: it has ASCII characters
// and only single blanks.
func isPlain(name string) bool {
	return unitext.IsASCII(name) && !strings.Contains(name, "  ") && name == strings.TrimSpace(name)
}

// spell returns name in small letters, with each character that looks like an ASCII letter or digit
// as that one. stroke is the letter for a vertical stroke.
func spell(name string, stroke rune) string {
	var text strings.Builder
	for _, r := range norm.NFD.String(norm.NFKC.String(lunateSigma.Replace(name))) {
		switch like := homoglyphs()[r]; {
		case like == 'l':
			text.WriteRune(stroke)
		case like != 0:
			text.WriteRune(like)
		case !showsNothing(r):
			text.WriteRune(r)
		}
	}
	folded := norm.NFC.String(strings.Map(likeASCII, norm.NFD.String(unitext.Fold(text.String()))))
	// A dot above i is visible only in Turkish capitals.
	return strings.Join(strings.Fields(strings.ReplaceAll(folded, "i\u0307", "i")), " ")
}

// lunateSigma replaces what looks like c, and is sigma by its compatibility mapping.
var lunateSigma = strings.NewReplacer("ϲ", "c", "Ϲ", "C")

// likeASCII is the part of spell that follows folding: small letters of capitals that look like no
// ASCII letter.
func likeASCII(r rune) rune {
	if like := homoglyphs()[r]; like != 0 && like != 'l' {
		return like
	}
	return r
}

// showsNothing reports whether r is a joiner, a variation selector or another character without a
// shape of its own.
func showsNothing(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unitext.IsInvisible(r)
}

// homoglyphs returns the characters that cannot be told from one ASCII character: the lines of
// confusables.txt that are marked as exact, dashes and quotes. It leaves out þ, which Icelandic names
// need beside p.
var homoglyphs = sync.OnceValue(func() map[rune]rune {
	table := map[rune]rune{}
	for line := range strings.Lines(confusables) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[2] != "=" {
			continue
		}
		n, err := strconv.ParseInt(fields[0], 16, 32)
		like, _ := utf8.DecodeRuneInString(fields[1])
		if err == nil && n != 'þ' {
			table[rune(n)] = unicode.ToLower(like)
		}
	}
	for _, r := range "‐‒–—―−" {
		table[r] = '-'
	}
	for _, r := range "‘’‛′ʹʻʼʽˈ" {
		table[r] = '\''
	}
	for _, r := range "“”‟″" {
		table[r] = '"'
	}
	return table
})
