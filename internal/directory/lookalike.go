package directory

import (
	_ "embed" // of the table of confusable characters
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// skeleton maps names that look alike to one text. It is the idea of Unicode Technical
// Standard 39, section 4, for comparing a name with a short list of words in Latin
// letters: characters of compatibility become plain ones (NFKC: full width, circled and
// mathematical letters), capitals small ones, and what looks like a Latin letter that
// letter. Accents, separators, symbols and what cannot be seen are left out. Names of
// other scripts have a skeleton as well, which is seldom one of the words.
func skeleton(name string) string {
	var form strings.Builder
	for _, c := range outline(name) {
		if !c.sign {
			form.WriteRune(c.letter)
		}
	}
	return form.String()
}

// A stroke is a letter of a skeleton. A sign may be read as the letter or be left out.
type stroke struct {
	letter rune
	sign   bool
}

// outline is [skeleton] with the signs.
func outline(name string) []stroke {
	var strokes []stroke
	for _, r := range norm.NFKC.String(name) {
		letter, sign := signs[r]
		if letter == 0 {
			letter = r
		}
		if small, found := capitalLookalikes[letter]; found {
			letter = small
		}
		for _, r := range norm.NFKD.String(Fold(string(letter))) {
			strokes = appendStrokes(strokes, r, sign)
		}
	}
	return strokes
}

// appendStrokes adds the letters that r looks like. It writes letters as the pairs that they
// look like: "rn" is m, and "vv" is w.
func appendStrokes(strokes []stroke, r rune, sign bool) []stroke {
	letter, found := lookalikes[r]
	if !found && decoration(r) {
		return strokes
	}
	if found {
		r = letter
	}
	switch r {
	case 'm':
		return append(strokes, stroke{'r', sign}, stroke{'n', sign})
	case 'w':
		return append(strokes, stroke{'v', sign}, stroke{'v', sign})
	}
	return append(strokes, stroke{r, sign})
}

// decoration reports whether r changes nothing in how a name reads.
func decoration(r rune) bool {
	return unicode.In(r, unicode.M, unicode.Lm, unicode.P, unicode.S, unicode.Z, unicode.Cc, unicode.Cf) || unseen(r)
}

// looksLike reports whether name, with any of its signs left out, has a skeleton in one of the
// sets.
func looksLike(name string, sets ...map[string]bool) bool {
	spellings := []string{name}
	if other := secondLooks.Replace(name); other != name {
		spellings = append(spellings, other)
	}
	for _, spelling := range spellings {
		strokes := outline(spelling)
		for _, words := range sets {
			if spells(strokes, words) {
				return true
			}
		}
	}
	return false
}

func spells(strokes []stroke, words map[string]bool) bool {
	var form strings.Builder
	signs := false
	for _, c := range strokes {
		signs = signs || c.sign
		form.WriteRune(c.letter)
	}
	if !signs {
		return words[form.String()]
	}
	for word := range words {
		if spellsWord(strokes, word) {
			return true
		}
	}
	return false
}

// spellsWord compares strokes with word, for each choice of signs at the same time: at[i]
// reports whether the strokes up to here can be read as the first i letters.
func spellsWord(strokes []stroke, word string) bool {
	letters := []rune(word)
	at := make([]bool, len(letters)+1)
	at[0] = true
	for _, c := range strokes {
		for i := len(letters); i >= 0; i-- {
			next := i > 0 && at[i-1] && letters[i-1] == c.letter
			at[i] = next || c.sign && at[i]
		}
	}
	return at[len(letters)]
}

// secondLooks are characters that look like another letter than the one of the tables.
var secondLooks = strings.NewReplacer("и", "n", "И", "n")

// signs are read as letters between letters, and decorate a name elsewhere.
var signs = signTable(`
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
`)

// signTable adds the signs of confusables.txt to those of lines.
func signTable(lines string) map[rune]rune {
	table := lookalikeTable(lines)
	for r, letter := range confusables {
		if _, known := lookalikes[r]; !known && table[r] == 0 && decoration(r) {
			table[r] = letter
		}
	}
	return table
}

//go:embed confusables.txt
var confusablesText string

// confusables are the characters with an ASCII letter or digit that they look like, after
// Unicode Technical Standard 39: see confusables_generate.go. The tables below go first.
var confusables = confusableTable(confusablesText)

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

// capitalLookalikes are capitals with small letters that look like others.
var capitalLookalikes = capitalTable(`
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
`)

// lookalikes are characters, once folded and decomposed, with the small Latin letter in
// front of them that they look like.
var lookalikes = letterTable(digitLookalikes + latinLookalikes + otherLookalikes)

// capitalTable adds the capitals of confusables.txt with small letters that look like nothing
// in the other tables.
func capitalTable(lines string) map[rune]rune {
	table := lookalikeTable(lines)
	for r, letter := range confusables {
		small := []rune(Fold(string(r)))
		if _, known := lookalikes[small[0]]; !known && small[0] != r && table[r] == 0 {
			table[r] = letter
		}
	}
	return table
}

// letterTable adds the letters of confusables.txt to those of lines.
func letterTable(lines string) map[rune]rune {
	table := lookalikeTable(lines)
	for r, letter := range confusables {
		if table[r] == 0 && !decoration(r) {
			table[r] = letter
		}
	}
	return table
}

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
// letter. TestTableOfLookAlikesHoldsLatinLetters compares the table with the names.
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
