package userfile

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// signatures are the first bytes of files that are not text.
var signatures = []struct{ bytes, name string }{
	{"PK\x03\x04", "a zip file, such as a spreadsheet (.xlsx, .ods)"},
	{"PK\x05\x06", "a zip file"},
	{"PK\x07\x08", "a zip file"},
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "a file of an old spreadsheet program (.xls)"},
	{"\x1F\x8B", "a gzip file"},
	{"BZh", "a bzip2 file"},
	{"\xFD7zXZ\x00", "an xz file"},
	{"\x28\xB5\x2F\xFD", "a zstd file"},
	{"7z\xBC\xAF\x27\x1C", "a 7z file"},
	{"%PDF-", "a PDF file"},
	{"SQLite format 3\x00", "a SQLite database"},
}

// checkEncoding rejects files that are not text in UTF-8 by their first line: archives, spreadsheets,
// and UTF-16, in which spreadsheets save "Unicode text".
func (r *reader) checkEncoding() error {
	begin := r.buffer[r.start:min(len(r.buffer), r.start+512)]
	for _, s := range signatures {
		if bytes.HasPrefix(begin, []byte(s.bytes)) {
			return headerError(fmt.Sprintf("this is not a text file but %s; import a file in UTF-8, from a spreadsheet one saved as \"CSV UTF-8\"", s.name))
		}
	}
	if encoding := wideEncoding(begin); encoding != "" {
		return headerError("the file is " + encoding + " and not UTF-8; save it as UTF-8, in a spreadsheet as \"CSV UTF-8\"")
	}
	line, _, _ := bytes.Cut(begin, []byte("\n"))
	if bytes.IndexByte(line, 0) >= 0 && !utf8.Valid(line[:len(line)-incomplete(line)]) {
		return headerError("this is not a text file; import a CSV or JSON Lines file in UTF-8")
	}
	return nil
}

// wideEncoding returns the name of the encoding in which the ASCII characters of begin have zero
// bytes, by the byte order mark or by these bytes, and "" for any other text.
func wideEncoding(begin []byte) string {
	for _, mark := range []struct{ bytes, name string }{
		{"\xFF\xFE\x00\x00", "UTF-32"}, {"\x00\x00\xFE\xFF", "UTF-32"}, {"\xFF\xFE", "UTF-16"}, {"\xFE\xFF", "UTF-16"},
	} {
		if bytes.HasPrefix(begin, []byte(mark.bytes)) {
			return mark.name
		}
	}
	line, _, _ := bytes.Cut(begin, []byte("\n"))
	var zeros [4]int // by position modulo 4
	whole := line[:len(line)&^3]
	if len(whole) == 0 {
		return ""
	}
	for i, b := range whole {
		if b == 0 {
			zeros[i%4]++
		}
	}
	var pattern [4]bool // whether most of these bytes are zero
	for i, n := range zeros {
		if pattern[i] = n > len(whole)/8; !pattern[i] && n > 0 {
			return "" // a text of these encodings has zero bytes in the same positions
		}
	}
	switch pattern {
	case [4]bool{false, true, true, true}, [4]bool{true, true, true, false}:
		return "UTF-32"
	case [4]bool{false, true, false, true}, [4]bool{true, false, true, false}:
		return "UTF-16"
	}
	return ""
}

// incomplete returns how many bytes at the end of text begin a character that is cut off.
func incomplete(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if rest := text[len(text)-n:]; utf8.RuneStart(rest[0]) {
			if utf8.FullRune(rest) {
				return 0
			}
			return n
		}
	}
	return 0
}
