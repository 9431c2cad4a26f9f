package userfile

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

// Line is the field of faults of a whole line.
const Line = "line"

// Read returns the lines of a file while it is being read, for [importer.Importer.Import]. A line
// that cannot be parsed has an error with faults. The sequence ends with an error if reading fails
// or the header is invalid.
func Read(from io.Reader, format Format) iter.Seq2[importer.Line, error] {
	return func(yield func(importer.Line, error) bool) {
		r := reader{records: newRecords(from, format == CSV), all: columns()}
		if err := r.checkEncoding(); err != nil {
			yield(importer.Line{}, err)
			return
		}
		if format == CSV {
			if err := r.header(); err != nil {
				yield(importer.Line{}, err)
				return
			}
		}
		for {
			found, err := r.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(importer.Line{}, fmt.Errorf("read the file: %w", err))
				return
			}
			if !yield(r.line(found, format), nil) {
				return
			}
		}
	}
}

type reader struct {
	*records
	all   []column
	cells []int    // index of each column in a CSV record; -1 if it is missing
	width int      // cells of each CSV record
	split []string // cells of the current record
}

func (r *reader) line(found record, format Format) importer.Line {
	l := importer.Line{Number: found.line, Digest: sha256.Sum256(found.text), Size: len(found.text)}
	text := string(found.text)
	switch {
	case errors.Is(found.err, errLong):
		l.Err = lineFault(fault.Field{Code: fault.TooLong, Limit: MaxLine})
	case found.err != nil:
		l.Err = malformedLine("a quoted cell does not end")
	case !utf8.ValidString(text):
		l.Err = malformedLine(notUTF8)
	case strings.IndexByte(text, 0) >= 0:
		l.Err = malformedLine("it contains a NUL character (a zero byte); remove it")
	case format == CSV:
		l.Entry, l.Err = r.csv(text)
		l.Excerpt = r.excerptCSV(text, l.Err)
	default:
		l.Entry, l.Err = r.json(text)
		l.Excerpt = excerptJSON(text, l.Err)
	}
	return l
}

const notUTF8 = "it is not UTF-8, more likely Windows-1252 or Latin-1; save the file as UTF-8"

// malformedLine returns the error of a line that cannot be parsed.
func malformedLine(detail string) *fault.Error {
	return lineFault(fault.Field{Code: fault.Malformed, Detail: detail})
}

func lineFault(f fault.Field) *fault.Error {
	f.Name = Line
	return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{f}}
}

// header reads the names of the columns.
func (r *reader) header() error {
	found, err := r.next()
	if errors.Is(err, io.EOF) {
		return headerError("the file is empty; the first line must name the columns")
	}
	if err != nil {
		return fmt.Errorf("read the header: %w", err)
	}
	if !utf8.Valid(found.text) {
		return headerError("the first line is not UTF-8, more likely Windows-1252 or Latin-1; save the file as UTF-8")
	}
	if bytes.IndexByte(found.text, 0) >= 0 {
		return headerError("the first line contains a NUL character (a zero byte); remove it")
	}
	names, ok := splitCSV(string(found.text), nil)
	if found.err != nil || !ok {
		return headerError("the first line does not name columns")
	}
	for i, name := range names {
		names[i] = strings.ToLower(strings.TrimSpace(name))
	}
	r.width = len(names)
	r.cells = make([]int, len(r.all))
	for i, c := range r.all {
		r.cells[i] = slices.Index(names, c.name)
	}
	return checkHeader(names)
}

func headerError(msg string) error {
	return &fault.Error{Kind: fault.Invalid, Msg: msg, Fields: []fault.Field{{Name: "header", Code: fault.Malformed}}}
}

func checkHeader(names []string) error {
	known := Columns()
	for i, name := range names {
		switch {
		case len(names) == 1 && strings.ContainsAny(name, ";\t"):
			return headerError("the columns must be separated by commas")
		case slices.Contains(passwordNames, name):
			return headerError(fmt.Sprintf("the column %q is not accepted: %s", name, noPasswords))
		case !slices.Contains(known, name):
			return headerError(fmt.Sprintf("the column %q is not known; the columns are %s", truncate(name), strings.Join(known, ", ")))
		case slices.Contains(names[:i], name):
			return headerError(fmt.Sprintf("the column %q is repeated", name))
		}
	}
	return nil
}

// passwordNames are columns that files of other systems may have.
var passwordNames = []string{"password", "passwd", "plaintext_password", "passwort"}

const noPasswords = "a file must not hold plain passwords; import hashes in the column password_hash, or let users set a password by 'forgot password'"

// truncate shortens text of a file for an error.
func truncate(name string) string {
	const most = 40
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	return name
}

func (r *reader) csv(text string) (importer.Entry, error) {
	cells, ok := splitCSV(text, r.split[:0])
	r.split = cells
	if !ok {
		return importer.Entry{}, malformedLine("a cell contains a quote; put the cell in quotes and double each quote in it")
	}
	if len(cells) != r.width {
		return importer.Entry{}, lineFault(fault.Field{
			Code: fault.Mismatch, Detail: fmt.Sprintf("it has %d cells, and the header has %d", len(cells), r.width),
		})
	}
	return r.entry(func(column int) string {
		if at := r.cells[column]; at >= 0 {
			return unitext.UnescapeFormulas(cells[at])
		}
		return ""
	})
}

// entry parses all non-empty cells.
func (r *reader) entry(cell func(column int) string) (importer.Entry, error) {
	reading := entryParser{entry: importer.Entry{Limits: model.DefaultLimits()}}
	for i, c := range r.all {
		if text := cell(i); text != "" {
			c.read(&reading, text)
		}
	}
	if len(reading.faults) > 0 {
		return reading.entry, &fault.Error{Kind: fault.Invalid, Fields: reading.faults}
	}
	return reading.entry, nil
}

// splitCSV splits a record into its fields (RFC 4180, section 2). ok is false if an unquoted field
// contains a quote, or text follows a closing quote.
func splitCSV(record string, into []string) (fields []string, ok bool) {
	for {
		var field string
		if strings.HasPrefix(record, `"`) {
			if field, record, ok = cutQuoted(record[1:]); !ok {
				return into, false
			}
		} else {
			end := strings.IndexByte(record, ',')
			if end < 0 {
				end = len(record)
			}
			field, record = record[:end], record[end:]
			if strings.IndexByte(field, '"') >= 0 {
				return into, false
			}
		}
		into = append(into, field)
		if record == "" {
			return into, true
		}
		record = record[1:] // the comma
	}
}

// cutQuoted returns a quoted field without its opening quote, and the rest, which is empty or begins
// with a comma.
func cutQuoted(text string) (field, rest string, ok bool) {
	var before string
	for {
		end := strings.IndexByte(text, '"')
		if end < 0 {
			return "", "", false
		}
		field, rest = before+text[:end], text[end+1:]
		if !strings.HasPrefix(rest, `"`) {
			return field, rest, rest == "" || rest[0] == ','
		}
		before, text = field+`"`, rest[1:]
	}
}
