package sqlite

import (
	"strings"
	"unicode/utf8"

	"roster.example/roster/internal/store/sqldb"
)

// gramSize is how many characters a gram has. Longer ones are rarer, so that what
// is searched for is found with fewer steps, and take longer to write.
const gramSize = 5

// grams are the stretches of gramSize characters that begin anywhere in a line of
// text, a line each; near the end of one they are shorter. So each part of a line
// is the beginning of a gram, or has one in it.
func grams(text string) string {
	var b strings.Builder
	b.Grow(len(text) * (gramSize + 1))
	for line := range strings.SplitSeq(text, "\n") {
		for line != "" {
			b.WriteString(line[:prefixLength(line, gramSize)])
			b.WriteByte('\n')
			line = line[prefixLength(line, 1):]
		}
	}
	return b.String()
}

// ahead is how many bytes the first n characters of text have.
func prefixLength(text string, n int) int {
	at := 0
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

// maxGrams is how many grams of a part are looked for. The text decides, and more
// of them hardly leave less to read.
const maxGrams = 4

// find looks among grams for what a text with part in it must have, and reads the
// text where that is not enough. Nearly everybody has any one character: to read
// all texts is quicker.
func searchQuery(part string, bind func(any) string) string {
	found := `SELECT rowid AS id FROM search_grams WHERE search_grams MATCH `
	size := utf8.RuneCountInString(part)
	switch {
	case size == 1:
		return `SELECT user_id AS id FROM search WHERE text LIKE ` + bind(sqldb.Containing(part)) + ` ESCAPE '\'`
	case size < gramSize:
		return found + bind(quote(part)+"*")
	case size == gramSize:
		return found + bind(quote(part))
	}
	return found + bind(strings.Join(coveringGrams(part), " AND ")) +
		` AND EXISTS (SELECT 1 FROM search t WHERE t.user_id = search_grams.rowid AND instr(t.text, ` + bind(part) + `) > 0)`
}

// cover is two grams of a part or more, the first at its beginning, the last at its
// end, and the others between, so that they share as little as they can: what one
// says again costs as much as what it says first.
func coveringGrams(part string) []string {
	runes := []rune(part)
	n := min(max(len(runes)/gramSize, 2), maxGrams)
	var all []string
	for i := range n {
		at := i * (len(runes) - gramSize) / (n - 1)
		all = append(all, quote(string(runes[at:at+gramSize])))
	}
	return all
}

// FTS5 adds what is written as pieces (segments) of its index, and looks every word
// up in each. These statements put all into one: the first, with a number below
// zero, says which, and each merges about a hundred pages (section 6.8 of
// sqlite.org/fts5.html), so that who writes meanwhile waits for some 20 ms.
const (
	mergeAll = `INSERT INTO search_grams (search_grams, rank) VALUES ('merge', -100)`
	merge    = `INSERT INTO search_grams (search_grams, rank) VALUES ('merge', 100)`
)

// quote makes a word of SQLite's query language (sqlite.org/fts5.html, section 3).
func quote(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }
