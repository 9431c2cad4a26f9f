package userfile

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
)

// MaxLine is the maximum size of a record in bytes.
const MaxLine = 64 << 10

// record is a line of a file, or several lines if a quoted field contains line breaks.
type record struct {
	line int64  // the first one, counted from 1
	text []byte // without the line break at its end; valid until the next call
	err  error  // errLong or errQuote
}

var (
	errLong  = errors.New("the line is longer than 64 KiB")
	errQuote = errors.New("a quoted field does not end")
)

// records splits a stream into records, and reads no more than it needs.
type records struct {
	from    io.Reader
	quotes  bool // line breaks between quotes are part of a record
	buffer  []byte
	start   int   // of what was not cut yet
	line    int64 // lines that were cut off
	readErr error // what from gave at last
}

// newRecords skips a byte order mark. If the first line ends with a carriage return alone, as spreadsheets
// save files for old Macs, all of them end lines.
func newRecords(from io.Reader, quotes bool) *records {
	r := &records{from: from, quotes: quotes, buffer: make([]byte, 0, 2*MaxLine)}
	const mark = "\uFEFF"
	for len(r.buffer) < len(mark) && r.readErr == nil {
		r.fill()
	}
	if bytes.HasPrefix(r.buffer, []byte(mark)) {
		r.start = len(mark)
	}
	if r.endsWithCR() {
		lines := &crReader{from: r.from}
		r.buffer = r.buffer[:r.start+lines.convert(r.buffer[r.start:])]
		r.from = lines
	}
	return r
}

// endsWithCR reports whether the first line ends with carriage returns that no line feed follows. It reads
// to the end of a line that is not too long.
func (r *records) endsWithCR() bool {
	ended := false
	for at := 0; ; r.fill() {
		text := r.buffer[r.start:]
		for ; at < len(text); at++ {
			switch {
			case text[at] == '\n':
				return false
			case text[at] == '\r':
				ended = true
			case ended:
				return true
			}
		}
		if r.readErr != nil || at > MaxLine {
			return ended
		}
	}
}

// crReader makes one line feed of each carriage return, and of one with a line feed behind it.
type crReader struct {
	from io.Reader
	last byte // of what was read
}

// Read implements [io.Reader].
func (c *crReader) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	return c.convert(p[:n]), err
}

// convert converts text in place, and returns its new length.
func (c *crReader) convert(text []byte) int {
	n := 0
	for _, b := range text {
		last := c.last
		if c.last = b; b == '\n' && last == '\r' {
			continue
		}
		if b == '\r' {
			b = '\n'
		}
		text[n] = b
		n++
	}
	return n
}

// next returns the next record that is not blank, or io.EOF. If reading fails in the middle of a
// record, it returns the error instead of the record.
func (r *records) next() (record, error) {
	for {
		found, err := r.cut()
		if err != nil || found.err != nil || !r.blank(found.text) {
			return found, err
		}
	}
}

// blank reports whether a record has no content: only white space and, in CSV, commas
// between empty cells, as spreadsheets write for empty rows.
func (r *records) blank(text []byte) bool {
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return true
	case !r.quotes || len(bytes.Trim(text, ",\" \t\r\n")) > 0:
		return false
	}
	cells, ok := splitCSV(string(text), nil)
	return ok && !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

func (r *records) cut() (record, error) {
	scan := scanner{quotes: r.quotes}
	for {
		rest := r.buffer[r.start:]
		window := rest[:min(len(rest), MaxLine+1)]
		ends := scan.to(window)
		switch {
		case ends:
			return r.take(scan.at, nil), nil
		case len(rest) > MaxLine:
			return r.overlong(window, scan.state == quotedField), nil
		case r.readErr == nil:
			r.fill()
		case !errors.Is(r.readErr, io.EOF) || len(rest) == 0:
			return record{}, r.readErr
		case scan.state == quotedField:
			return r.unterminated(rest), nil
		default:
			return r.take(len(rest), nil), nil
		}
	}
}

// scanner finds the line break that ends a record.
type scanner struct {
	quotes bool
	at     int // behind what was looked at, or at the line break
	state  fieldState
}

type fieldState byte

const (
	fieldStart  fieldState = iota
	plainField             // a quote means nothing here
	quotedField            // a line break means nothing here
	closedField            // behind a quote that ends the field, or is the first of two
)

// to scans to the end of text, or of the record. It reports whether the record ends.
func (s *scanner) to(text []byte) bool {
	if !s.quotes {
		if i := bytes.IndexByte(text[s.at:], '\n'); i >= 0 {
			s.at += i
			return true
		}
		s.at = len(text)
		return false
	}
	for ; s.at < len(text); s.at++ {
		c := text[s.at]
		switch {
		case s.state == quotedField && c == '"':
			s.state = closedField
		case s.state == quotedField:
		case c == '\n':
			return true
		case c == ',':
			s.state = fieldStart
		case c == '"' && s.state != plainField:
			s.state = quotedField
		default:
			s.state = plainField
		}
	}
	return false
}

// take returns a record of n bytes and skips its line break.
func (r *records) take(n int, err error) record {
	text := r.buffer[r.start : r.start+n]
	found := record{line: r.line + 1, text: bytes.TrimSuffix(text, []byte("\r")), err: err}
	r.line += int64(bytes.Count(text, []byte("\n"))) + 1
	r.start = min(r.start+n+1, len(r.buffer))
	return found
}

// unterminated returns only the first line of a record with an unterminated quote: the following
// lines are more likely to be other records.
func (r *records) unterminated(text []byte) record {
	end := bytes.IndexByte(text, '\n')
	if end < 0 {
		end = len(text)
	}
	return r.take(end, errQuote)
}

// overlong skips the first line of a record that is too long.
func (r *records) overlong(window []byte, quoted bool) record {
	if quoted && bytes.IndexByte(window, '\n') >= 0 {
		return r.unterminated(window)
	}
	found := record{line: r.line + 1, err: errLong}
	r.line++
	for {
		if i := bytes.IndexByte(r.buffer[r.start:], '\n'); i >= 0 {
			r.start += i + 1
			return found
		}
		r.start = len(r.buffer)
		if r.readErr != nil {
			return found
		}
		r.fill()
	}
}

// fill reads once.
func (r *records) fill() {
	if r.start > 0 {
		r.buffer = r.buffer[:copy(r.buffer, r.buffer[r.start:])]
		r.start = 0
	}
	n, err := r.from.Read(r.buffer[len(r.buffer):cap(r.buffer)])
	r.buffer = r.buffer[:len(r.buffer)+n]
	r.readErr = err
}
