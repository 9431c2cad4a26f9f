package directory

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// CommonRule says where passwords are refused that everybody guesses.
type CommonRule string

// The rules; an empty one is [CommonOwn].
const (
	CommonOwn CommonRule = "own" // through our own API, pages and commands
	CommonAll CommonRule = "all" // through the imitated APIs as well, whose products take them
	CommonOff CommonRule = "off"
)

// persona are the words by which others know the person of a password.
type passwordHints []string

func (u User) passwordHints() passwordHints {
	words := passwordHints{u.Username, u.Name, u.GivenName, u.FamilyName}
	for _, e := range u.Emails {
		words = append(words, e.Address)
	}
	return words
}

// personaOf is the persona of somebody who is there already; of nobody it is empty.
func (d *Directory) passwordHintsOf(ctx context.Context, id UserID) passwordHints {
	var words passwordHints
	err := d.store.ReadCached(ctx, func(tx Reader) error {
		u, err := tx.User(id)
		words = u.passwordHints()
		return err
	})
	if err != nil {
		return nil // the deed itself will say so
	}
	return words
}

// checkPassword measures a new password: the rule of the API that asks, the floor
// of the settings, and whether everybody guesses it who knows of.
func (d *Directory) checkPassword(f *fault.List, actor Actor, password secret.Text, of passwordHints) {
	before := len(*f)
	minimum := d.options.PasswordMinimum
	if d.freely(actor.api) {
		minimum = 0
	}
	prepared := secret.Prepare(password.Reveal())
	checkPasswordLength(f, actor.api, prepared, minimum)
	if len(*f) == before && d.refusesCommon(actor.api) && d.isCommon(prepared, of) {
		f.Add("password", fault.Common, 0)
	}
}

// freely reports whether the settings leave an API the rules of its product.
func (d *Directory) freely(api API) bool { return d.options.PM415Free && api == PM415 }

func (d *Directory) refusesCommon(api API) bool {
	if d.freely(api) {
		return false
	}
	switch d.options.CommonPasswords {
	case CommonOff:
		return false
	case CommonAll:
		return true
	case CommonOwn:
	}
	return !inputPolicyOf(api).allowCommonPasswords
}

// isCommon asks the built-in rules, and then the list of the operator. Where that
// cannot be read, people can still choose passwords: the operator is told.
func (d *Directory) isCommon(password string, of passwordHints) bool {
	if guessable(password) || personal(password, append(slices.Clone(of), d.options.Site)) {
		return true
	}
	held, err := d.options.Breached.Contains(password)
	if err != nil {
		d.options.Log.Error("a password was not looked up among the breached ones", "error", err)
	}
	return held
}

// guessable knows what is tried first everywhere: words with figures before and
// after, letters in disguise, rows of the keyboard, repetitions.
func guessable(password string) bool {
	folded := unitext.Fold(password)
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

// core leaves out figures and signs at both ends.
func core(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
}

// undisguised reads figures and signs as the letters that they stand for.
var undisguised = strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "0", "o", "5", "s", "$", "s", "7", "t")

func lettersAndDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// rows are what fingers and children recite; those of a letter also the Germans'
// and the French one's.
var rows = strings.Fields(`1234567890 0123456789 abcdefghijklmnopqrstuvwxyz
	qwertyuiop asdfghjkl zxcvbnm qwertzuiopü asdfghjklöä yxcvbnm azertyuiop qsdfghjklm wxcvbn`)

// inRows reports whether text is made of steps along rows, three characters at
// least each, but for two characters or fewer.
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

// unitMinimum is the length in characters from which a unit that a password repeats is
// judged as a password of its own. A shorter one is refused.
const unitMinimum = 8

// repeats reports whether text is a short or guessable unit over and over, with or
// without signs between. The last repetition may be cut off.
func repeats(text string) bool {
	bare := lettersAndDigits(text)
	return repeatsUnit(text) || 2*utf8.RuneCountInString(bare) >= utf8.RuneCountInString(text) && repeatsUnit(bare)
}

func repeatsUnit(text string) bool {
	runes := []rune(text)
	for unit := 1; 2*unit <= len(runes); unit++ {
		if slices.Equal(runes[unit:], runes[:len(runes)-unit]) {
			return unit < unitMinimum || guessable(string(runes[:unit]))
		}
	}
	return false
}

// personal reports whether a password is hardly more than words that others know
// of its person: without them, fewer than four characters are left, figures at the
// ends not counted.
func personal(password string, of passwordHints) bool {
	plain := lettersAndDigits(unitext.Fold(password))
	left := plain
	for _, word := range of.parts() {
		left = strings.ReplaceAll(left, word, "")
	}
	return left != plain && utf8.RuneCountInString(core(left)) < 4
}

// parts are the words, whole and in their parts, the longest first.
func (p passwordHints) parts() []string {
	var all []string
	for _, text := range p {
		folded := unitext.Fold(text)
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
