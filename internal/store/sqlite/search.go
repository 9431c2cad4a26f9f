package sqlite

import (
	"strings"
	"unicode/utf8"

	"roster.example/roster/internal/store/sqldb"
)

// gramSize is the number of characters of a gram. Longer grams are rarer, so a search reads
// fewer rows, but take longer to write.
const gramSize = 5

// grams returns the substrings of gramSize characters at each position of each line of
// text, one per line. Near the end of a line they are shorter. So each substring of a line
// is the prefix of a gram, or contains one.
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

// prefixLength returns the length of the first n characters of text in bytes.
func prefixLength(text string, n int) int {
	at := 0
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

// maxGrams limits the grams of a search. The text is compared afterwards, and more
// grams hardly reduce the rows to compare.
const maxGrams = 4

// searchQuery returns a query for the users whose text contains part. It looks up grams, and compares the
// text if grams are not sufficient. For a single character, which nearly all texts
// contain, reading all texts is faster.
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

// coveringGrams returns two to maxGrams grams of a part: the first at its start, the last at its
// end, and the others evenly between. They overlap as little as possible, because each costs the same.
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

// FTS5 writes its index in segments and looks each word up in every segment. These statements
// merge all segments into one: the first, with a negative number, selects them, and each merges
// about a hundred pages (section 6.8 of sqlite.org/fts5.html), so that other writers
// wait for some 20 ms.
const (
	mergeAll = `INSERT INTO search_grams (search_grams, rank) VALUES ('merge', -100)`
	merge    = `INSERT INTO search_grams (search_grams, rank) VALUES ('merge', 100)`
)

// quote returns text as a string of the FTS5 query syntax (sqlite.org/fts5.html, section 3).
func quote(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }
