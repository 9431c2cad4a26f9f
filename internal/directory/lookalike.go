package directory

import (
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
	var plain, form strings.Builder
	for _, r := range norm.NFKC.String(name) {
		if letter, found := capitalLookalikes[r]; found {
			r = letter
		}
		plain.WriteRune(r)
	}
	for _, r := range norm.NFKD.String(Fold(plain.String())) {
		switch letter, found := lookalikes[r]; {
		case found:
			form.WriteRune(letter)
		case !decoration(r):
			form.WriteRune(r)
		}
	}
	return letterPairs.Replace(form.String())
}

// decoration reports whether r changes nothing in how a name reads.
func decoration(r rune) bool {
	return unicode.In(r, unicode.M, unicode.Lm, unicode.P, unicode.S, unicode.Z, unicode.Cc, unicode.Cf) || unseen(r)
}

// letterPairs writes letters as the pairs of letters that they look like.
var letterPairs = strings.NewReplacer("m", "rn", "w", "vv")

// signs are read as letters between letters, and separate words elsewhere: a name is
// compared both with and without them.
var signs = strings.NewReplacer("@", "a", "!", "i", "¡", "i", "€", "e", "£", "l", "¥", "y", "¢", "c", "×", "x", "+", "t")

// skeletons are the forms in which a name is compared with reserved words.
func skeletons(name string) []string {
	return []string{skeleton(name), skeleton(signs.Replace(norm.NFKC.String(name)))}
}

// capitalLookalikes are capitals with small letters that look like others.
var capitalLookalikes = lookalikeTable(`
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
	a Α
`)

// lookalikes are characters, once folded and decomposed, with the small Latin letter in
// front of them that they look like.
var lookalikes = lookalikeTable(digitLookalikes + latinLookalikes + otherLookalikes)

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
	a аαɑⲁᎪꓮᗅᗩ
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
	o оοσօⲟꓳ೦०০੦૦๐໐ס
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
