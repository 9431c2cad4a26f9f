package unitext

import (
	"strings"
	"unicode"
)

// Spreadsheet programs evaluate a cell that begins with one of these characters as a formula (OWASP, "CSV
// injection"). Users choose names and texts, so a cell of an export could run code on the machine that opens it.
const (
	formulaChars = "=+-@\uff1d\uff0b\uff0d\uff20" // also the full-width forms
	// formulaBlanks lead to a formula at the beginning of a cell.
	formulaBlanks = "\t\r\n"
	// cellSeparators can end a cell, whatever the file says: German and French settings separate by
	// semicolons. The quotes of the file do not help then, because they do not begin the new cell.
	cellSeparators = ";\t\r\n"
)

// EscapeFormulas returns a cell of a CSV file with an apostrophe before each formula, at the beginning and
// after each separator, and before text that looks escaped, so that [UnescapeFormulas] restores the cell.
func EscapeFormulas(cell string) string {
	var b strings.Builder
	written := 0
	for at := 0; at >= 0; at = nextCell(cell, at) {
		if isFormula(cell[at:], at == 0) {
			b.WriteString(cell[written:at])
			b.WriteByte('\'')
			written = at
		}
	}
	if b.Len() == 0 {
		return cell
	}
	b.WriteString(cell[written:])
	return b.String()
}

// UnescapeFormulas is the inverse of EscapeFormulas.
func UnescapeFormulas(cell string) string {
	if strings.IndexByte(cell, '\'') < 0 {
		return cell
	}
	var b strings.Builder
	written := 0
	for at := 0; at >= 0; at = nextCell(cell, at) {
		if strings.HasPrefix(cell[at:], "'") && isFormula(cell[at:], at == 0) {
			b.WriteString(cell[written:at])
			written = at + 1
		}
	}
	if written == 0 {
		return cell
	}
	b.WriteString(cell[written:])
	return b.String()
}

// nextCell returns the position after the next separator at or after a position; -1 if there is none.
func nextCell(cell string, at int) int {
	i := strings.IndexAny(cell[at:], cellSeparators)
	if i < 0 {
		return -1
	}
	return at + i + 1
}

// isFormula reports whether text begins with a formula, perhaps escaped. Quotes and blanks before it do not
// count: a program that separates by semicolons reads ;""=1 as an empty quoted text and =1.
func isFormula(text string, first bool) bool {
	text = strings.TrimLeft(text, "'")
	text = strings.TrimLeftFunc(text, func(r rune) bool {
		return r == '"' || unicode.IsSpace(r) && !strings.ContainsRune(cellSeparators, r)
	})
	for _, r := range text {
		return strings.ContainsRune(formulaChars, r) || first && strings.ContainsRune(formulaBlanks, r)
	}
	return false
}
