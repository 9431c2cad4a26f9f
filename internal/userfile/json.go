package userfile

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/unitext"
)

// json parses an object with the columns as members. Like the header of a CSV file, it ignores the
// case of names. Unlike encoding/json, it reports unknown and repeated members as faults.
func (r *reader) json(text string) (importer.Entry, error) {
	members := memberParser{all: r.all, cells: map[string]string{}, times: map[string]int{}}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if unitext.HasLoneSurrogate([]byte(text)) {
		return importer.Entry{}, malformedLine("it holds half of a surrogate pair, such as \\ud800; write the whole character")
	}
	err := readObject(dec, func(name string) error {
		cell, err := value(dec)
		members.add(name, cell, err)
		if errors.Is(err, errShape) {
			return nil
		}
		return err
	})
	switch {
	case err != nil:
		return importer.Entry{}, malformedLine("it is not one JSON object")
	case len(members.faults) > 0:
		return importer.Entry{}, &fault.Error{Kind: fault.Invalid, Fields: members.faults}
	}
	return r.entry(func(column int) string { return members.cells[r.all[column].name] })
}

// memberParser collects the members of an object by column, and their faults.
type memberParser struct {
	all    []column
	cells  map[string]string
	times  map[string]int // how often a name was given
	faults []fault.Field
}

// add adds a member. shape is errShape if its value cannot be a cell.
func (p *memberParser) add(name, cell string, shape error) {
	column := lower(name)
	p.cells[column] = cell
	p.times[column]++
	switch {
	case p.times[column] == 2:
		p.fault(column, fault.TooMany, "the line has it more than once; keep one of them")
	case p.times[column] > 2: // was reported
	case slices.Contains(passwordNames, column):
		p.fault(name, fault.Unknown, noPasswords)
	case !slices.ContainsFunc(p.all, named(column)):
		p.fault(name, fault.Unknown, "")
	case errors.Is(shape, errShape):
		p.fault(column, fault.Malformed, "write text, a number, true, false, or a list of them without line breaks")
	}
}

func (p *memberParser) fault(name string, code fault.Code, detail string) {
	p.faults = append(p.faults, fault.Field{Name: truncate(name), Code: code, Detail: detail})
}

// named returns a condition for the column with this name.
func named(name string) func(column) bool {
	return func(c column) bool { return c.name == name }
}

var errJSON = errors.New("this is not one JSON object")

// readObject calls each for every member of the one object that dec reads.
func readObject(dec *json.Decoder, each func(name string) error) error {
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return errJSON
	}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		if err := each(name); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errJSON
	}
	return nil
}

// errShape reports a well-formed value that a cell cannot contain.
var errShape = errors.New("this is neither text, nor a number, nor true or false, nor a list of them")

// value reads the value of a cell: null is empty, and a list is one value per line.
func value(dec *json.Decoder) (string, error) {
	token, err := dec.Token()
	if err != nil {
		return "", err
	}
	if token != json.Delim('[') {
		return scalar(dec, token)
	}
	var values []string
	var shape error
	for dec.More() {
		if token, err = dec.Token(); err != nil {
			return "", err
		}
		item, err := scalar(dec, token)
		if err != nil && !errors.Is(err, errShape) {
			return "", err
		}
		if err != nil || strings.ContainsAny(item, "\r\n") {
			shape = errShape
		}
		values = append(values, item)
	}
	if _, err := dec.Token(); err != nil {
		return "", err
	}
	return strings.Join(values, "\n"), shape
}

func scalar(dec *json.Decoder, token json.Token) (string, error) {
	switch v := token.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	case nil:
		return "", nil
	}
	return "", skipValue(dec)
}

// skipValue reads to the end of an object or list after its first token. It returns errShape if it is
// well formed.
func skipValue(dec *json.Decoder) error {
	for depth := 1; depth > 0; {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return errShape
}
