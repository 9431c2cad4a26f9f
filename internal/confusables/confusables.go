// Package confusables compares names that look alike.
package confusables

import (
	_ "embed" // of the table of confusable characters
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"roster.example/roster/internal/unitext"
)

// Skeleton maps names that look alike to one text, after Unicode Technical Standard 39, section 4.
// It is for comparing a name with a short list of words in Latin letters: characters of
// compatibility become plain ones (NFKC: full width, circled and mathematical letters), capitals
// become small letters, and what looks like a Latin letter becomes that letter. Accents, separators,
// symbols and invisible characters are left out. Names of other scripts have a skeleton as well,
// which is rarely one of the words.
func Skeleton(name string) string {
	var form strings.Builder
	for _, c := range glyphsOf(name) {
		if !c.sign {
			form.WriteRune(c.letter)
		}
	}
	return form.String()
}

// A glyph is a letter of a skeleton. A sign can be read as the letter or be left out.
type glyph struct {
	letter rune
	sign   bool
}

// glyphsOf returns the letters of [Skeleton], and the signs.
func glyphsOf(name string) []glyph {
	var glyphs []glyph
	tables := lookalikes()
	for _, r := range norm.NFKC.String(name) {
		letter, sign := tables.signs[r]
		if letter == 0 {
			letter = r
		}
		if small, found := tables.capitals[letter]; found {
			letter = small
		}
		for _, r := range norm.NFKD.String(unitext.Fold(string(letter))) {
			glyphs = appendGlyphs(glyphs, r, sign)
		}
	}
	return glyphs
}

// appendGlyphs adds the letters that r looks like. It writes letters as the pairs that they
// look like: "rn" is m, and "vv" is w.
func appendGlyphs(glyphs []glyph, r rune, sign bool) []glyph {
	letter, found := lookalikes().letters[r]
	if !found && decoration(r) {
		return glyphs
	}
	if found {
		r = letter
	}
	switch r {
	case 'm':
		return append(glyphs, glyph{'r', sign}, glyph{'n', sign})
	case 'w':
		return append(glyphs, glyph{'v', sign}, glyph{'v', sign})
	}
	return append(glyphs, glyph{r, sign})
}

// decoration reports whether r does not change how a name reads.
func decoration(r rune) bool {
	return unicode.In(r, unicode.M, unicode.Lm, unicode.P, unicode.S, unicode.Z, unicode.Cc, unicode.Cf) || unitext.IsInvisible(r)
}

// LooksLike reports whether name, with any of its signs left out, has a skeleton in one of the
// sets.
func LooksLike(name string, sets ...map[string]bool) bool {
	spellings := []string{name}
	if other := secondLookalikes.Replace(name); other != name {
		spellings = append(spellings, other)
	}
	for _, spelling := range spellings {
		glyphs := glyphsOf(spelling)
		for _, words := range sets {
			if spells(glyphs, words) {
				return true
			}
		}
	}
	return false
}

// spells reports whether glyphs, with any of the signs left out, are one of words.
func spells(glyphs []glyph, words map[string]bool) bool {
	var form strings.Builder
	signs := false
	for _, c := range glyphs {
		signs = signs || c.sign
		form.WriteRune(c.letter)
	}
	if !signs {
		return words[form.String()]
	}
	for word := range words {
		if spellsWord(glyphs, word) {
			return true
		}
	}
	return false
}

// spellsWord compares glyphs with word, for each choice of signs at the same time: at[i]
// reports whether the glyphs up to here can be read as the first i letters.
func spellsWord(glyphs []glyph, word string) bool {
	letters := []rune(word)
	at := make([]bool, len(letters)+1)
	at[0] = true
	for _, c := range glyphs {
		for i := len(letters); i >= 0; i-- {
			next := i > 0 && at[i-1] && letters[i-1] == c.letter
			at[i] = next || c.sign && at[i]
		}
	}
	return at[len(letters)]
}

// secondLookalikes are characters with a second letter that they look like, besides the one of
// the tables.
var secondLookalikes = strings.NewReplacer("и", "n", "И", "n")

//go:embed confusables.txt
var confusables string

// lookalikeTables are characters with the small Latin letter that they look like.
type lookalikeTables struct {
	letters  map[rune]rune // once folded and decomposed
	capitals map[rune]rune // capitals with small letters that look like others
	signs    map[rune]rune // read as letters between letters; elsewhere they decorate a name
}

// lookalikes returns the tables, made once with the first name that is compared: most
// commands compare none. The lists of this file go before confusables.txt.
var lookalikes = sync.OnceValue(func() lookalikeTables {
	t := lookalikeTables{
		letters:  lookalikeTable(digitLookalikes + latinLookalikes + otherLookalikes),
		capitals: lookalikeTable(capitalLookalikes), signs: lookalikeTable(signLookalikes),
	}
	more := confusableTable(confusables)
	for r, letter := range more {
		if t.letters[r] == 0 && !decoration(r) {
			t.letters[r] = letter
		}
	}
	for r, letter := range more {
		small := []rune(unitext.Fold(string(r)))[0]
		if t.letters[small] == 0 && small != r && t.capitals[r] == 0 {
			t.capitals[r] = letter
		}
		if t.letters[r] == 0 && t.signs[r] == 0 && decoration(r) {
			t.signs[r] = letter
		}
	}
	return t
})

// confusableTable reads confusables.txt: characters with an ASCII letter or digit that they
// look like, accents left out, after Unicode Technical Standard 39 (see confusables_generate.go).
func confusableTable(text string) map[rune]rune {
	digits := lookalikeTable(digitLookalikes)
	table := map[rune]rune{}
	for line := range strings.Lines(text) {
		code, like, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseInt(code, 16, 32)
		if err != nil {
			continue // the comment
		}
		letter := unicode.ToLower([]rune(like)[0])
		if other, found := digits[letter]; found {
			letter = other
		}
		table[rune(n)] = letter
	}
	return table
}

const signLookalikes = `
	a @
	c ¢©
	e €
	i !¡
	l £
	o ○◯●◦⚪⚫⭕
	r ®
	t +
	x ×
	y ¥
`

const capitalLookalikes = `
	b Β
	e Ε
	h Η
	i Ι
	k Κ
	m Μ
	n Ν
	o Ο
	p Ρ
	t Τ
	u Ս
	x Χ
	y Υ
	z Ζ
	s Տ
	l Լ
	a ΑΛ
`

// Digits and signs. The letter l looks like a capital i.
const digitLookalikes = `
	a 4
	b 8
	e 3
	g 9
	i 1l|ǀǃ
	o 0
	s 5$
	t 7
	z 2
`

// latinLookalikes are what Unicode names a Latin letter, small capital, letter with a
// stroke, hook or the like, or sign with a letter, and what has no decomposition to that
// letter. TestLookAlikeTableMapsToLatinLetters compares the table with the names.
const latinLookalikes = `
	a ᴀᶏẚⱥ🅐🅰🇦
	b ƀƃɓʙᴃᵬᶀꞗ𐞄🅑🅱🇧
	c ƈȼɕᴄꞓꞔ𝼝🅒🅲🇨
	d đƌȡɖɗᴅᵭᶁᶑꝺꟈ🅓🅳🆥🇩
	e ɇᴇᶒⱸꬳꬴ🅔🅴🇪
	f ƒᵮᶂꜰꝼꞙ🅕🅵🇫
	g ǥɠɡɢʛᵹᶃꞡꬶ𐞒𐞔🅖🅶🇬
	h ħɦʜⱨꞕ𐞖🅗🅷🇭
	i ıɨɪᶖᶦᶧ𝼚🅘🅸🇮
	j ȷɉɟʄʝᴊ🅙🅹🇯
	k ƙᴋᶄⱪꝁꝃꝅꞣ🅚🅺🇰
	l ŀłƚȴɫɬɭʟᴌᶅᶫⱡꝉꞎꬷꬸꬹ𐞜𝼄𝼑𝼓🅛🅻🇱
	m ɱᴍᵯᶆꬺ🅜🅼🇲
	n ƞȵɲɳɴᵰᶇᶰꞑꞥꬻ🅝🅽🇳
	o øǿɵᴏⱺꝋꝍ𝼛🅞🅾🇴
	p ƥᴘᵱᵽᶈꝑꝓꝕ🅟🅿🆊🇵
	q ɋʠꝗꝙꞯ🅠🆀🇶
	r ɍɼɽɾʀᵲᵳᶉꞃꞧꭆꭉꭋꭌ𐞪𝼖🅡🆁🇷
	s ȿʂᵴᶊẜẝꜱꞅꞩꟊ𝼞🅢🆂🇸
	t ŧƫƭȶʈᴛᵵⱦꞇ𝼉🅣🆃🇹
	u ʉᴜᶙᶸꞹꭎꭒ🅤🆄🇺
	v ʋᴠᶌⱱⱴꝟ🅥🆅🇻
	w ᴡⱳ🅦🆆🇼
	x ᶍꭖꭗꭘꭙ🅧🆇🇽
	y ƴɏʏỿꭚ𐞲🅨🆈🇾
	z ƶȥɀʐʑᴢᵶᶎⱬ🅩🆉🇿
`

// otherLookalikes are letters of other scripts: Cyrillic, Greek, Armenian, Coptic,
// Cherokee (whose capitals are the folded form), Lisu and Canadian syllabics, after the
// table of confusable characters of Unicode Technical Standard 39.
const otherLookalikes = `
	a аαɑⲁᎪꓮᗅᗩ𐌀
	b вьъβßⲃᏴꓐᗷᏏ
	c сϲⲥᏟꓚᑕꮯ🅮
	d ԁժᎠꓓᗪᗞᏧ
	e еєёεɛⲉᎬꓰ
	f ғϝꓝᖴ
	g ɡցԍᏀᏳꓖ
	h һнհⲏᎻꓧᕼᏂ
	i іїιɩӏⅼⲓᎥꓲוןا
	j јյᎫꓙᒍ
	k кκⲕᏦꓗ
	l ʟᏞꓡᒪլ
	m мⲙᎷꓟᗰ
	n пηոռⲛꓠᑎ
	o θоοσօⲟꓳ೦०০੦૦๐໐ס
	p рρⲣᏢꓑᑭք
	q ԛզգ
	r гᎡᏒꓣᖇⲅ
	s ѕᏕᏚꓢᔕտ
	t тτⲧᎢꓔ
	u иυսμⲩꓴᑌ
	v ѵνᏙꓦᐯ
	w ԝѡωաᎳᏔꓪᗯⲱ
	x хχⲭꓫ᙭⮾
	y уүγᎩᎽꓬ
	z ᏃꓜⲌⲍ
`

// lookalikeTable reads lines of a letter and the characters that look like it.
func lookalikeTable(lines string) map[rune]rune {
	table := map[rune]rune{}
	for line := range strings.Lines(lines) {
		letter, characters, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, r := range characters {
			if letter == "l" {
				letter = "i"
			}
			table[r] = []rune(letter)[0]
		}
	}
	return table
}

// Skeletons returns the skeletons of a list of words that are separated by blanks.
func Skeletons(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(list) {
		set[Skeleton(word)] = true
	}
	return set
}
