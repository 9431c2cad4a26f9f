// Package passwordpolicy recognizes passwords that are easy to guess: common words, rows of the
// keyboard, repetitions, and words known about the user.
package passwordpolicy

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"roster.example/roster/internal/unitext"
)

// Rule says which APIs reject passwords that are easy to guess.
type Rule string

// The rules; empty means [Own].
const (
	Own Rule = "own" // the native API, pages and commands
	All Rule = "all" // the compatible APIs as well, whose products accept such passwords
	Off Rule = "off"
)

// Hints are words that others may know about the user of a password.
type Hints []string

// IsGuessable reports whether a password is among the first guesses for any account: a common word
// with digits before and after or with letters replaced by digits, a row of the keyboard, or a
// repetition.
func IsGuessable(password string) bool {
	folded := plain(password)
	if inRows(folded) || repeats(folded) {
		return true
	}
	for _, form := range []string{folded, core(folded), undisguised.Replace(core(folded)), core(undisguised.Replace(folded))} {
		if _, listed := slices.BinarySearch(commonWords, lettersAndDigits(form)); listed {
			return true
		}
	}
	return false
}

// plain returns the form in which passwords and hints are compared: small letters, with characters of
// compatibility (full width, mathematical, circled, ligatures) as plain ones, and without those that
// show nothing.
func plain(text string) string {
	if unitext.IsASCII(text) {
		return unitext.Fold(text)
	}
	return unitext.FoldCompatible(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || unitext.IsInvisible(r) {
			return -1
		}
		return enclosedLetter(r)
	}, text))
}

// enclosedLetter returns the letter inside of a negative circle or square or of a regional indicator,
// which have no compatibility mapping, and any other character itself.
func enclosedLetter(r rune) rune {
	for _, a := range []rune{'🅐', '🅰', '🇦'} {
		if r >= a && r < a+26 {
			return 'a' + r - a
		}
	}
	return r
}

// core removes digits and signs at both ends.
func core(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
}

// undisguised replaces digits and signs by the letters that they stand for.
var undisguised = strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "0", "o", "5", "s", "$", "s", "7", "t")

func lettersAndDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// rows are the alphabet, the digits, and the letter rows of English, German and French keyboards.
var rows = strings.Fields(`1234567890 0123456789 abcdefghijklmnopqrstuvwxyz
	qwertyuiop asdfghjkl zxcvbnm qwertzuiopü asdfghjklöä yxcvbnm azertyuiop qsdfghjklm wxcvbn`)

// inRows reports whether text consists of runs of at least three neighbours in a row, but for at
// most two characters.
func inRows(text string) bool {
	runes, loose := []rune(text), 0
	for start := 0; start < len(runes); {
		end := start + 1
		for end < len(runes) && besideInRow(runes[end-1], runes[end]) {
			end++
		}
		if end-start < 3 {
			loose += end - start
		}
		start = end
	}
	return loose <= 2 && len(runes) > 2
}

func besideInRow(a, b rune) bool {
	if a == b {
		return true
	}
	return slices.ContainsFunc(rows, func(row string) bool {
		return strings.Contains(row, string([]rune{a, b})) || strings.Contains(row, string([]rune{b, a}))
	})
}

// unitMinimum is the length in characters from which a repeated unit is checked as a password of its
// own. A shorter unit is rejected.
const unitMinimum = 8

// repeats reports whether text repeats a short or guessable unit, with or without signs between. The
// last repetition may be cut off.
func repeats(text string) bool {
	bare := lettersAndDigits(text)
	return repeatsUnit(text) || 2*utf8.RuneCountInString(bare) >= utf8.RuneCountInString(text) && repeatsUnit(bare)
}

func repeatsUnit(text string) bool {
	runes := []rune(text)
	for unit := 1; 2*unit <= len(runes); unit++ {
		if slices.Equal(runes[unit:], runes[:len(runes)-unit]) {
			return unit < unitMinimum || IsGuessable(string(runes[:unit]))
		}
	}
	return false
}

// IsPersonal reports whether fewer than four characters of a password remain without the hints,
// digits at the ends not counted.
func IsPersonal(password string, of Hints) bool {
	whole := lettersAndDigits(plain(password))
	left := whole
	for _, word := range of.parts() {
		left = strings.ReplaceAll(left, word, "")
	}
	return left != whole && utf8.RuneCountInString(core(left)) < 4
}

// parts returns the hints and their words, the longest first.
func (p Hints) parts() []string {
	var all []string
	for _, text := range p {
		folded := plain(text)
		words := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		local, _, _ := strings.Cut(folded, "@")
		for _, word := range append(words, lettersAndDigits(folded), lettersAndDigits(local)) {
			if utf8.RuneCountInString(word) >= 3 {
				all = append(all, word)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}
