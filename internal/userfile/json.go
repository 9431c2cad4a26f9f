package userfile

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

// json parses an object with the columns as members. Unlike encoding/json, it reports unknown and
// repeated members and a different case of letters as faults.
func (r *reader) json(text string) (directory.Entry, error) {
	cells := map[string]string{}
	var faults []fault.Field
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	err := readObject(dec, func(name string) error {
		cell, err := value(dec)
		code, detail := fault.Code(""), ""
		if _, twice := cells[name]; twice {
			code = fault.TooMany
		} else if !r.knows(name) {
			code = fault.Unknown
		} else if errors.Is(err, errShape) {
			code, detail = fault.Malformed, "write text, a number, true, false, or a list of them without line breaks"
		}
		if code != "" {
			faults = append(faults, fault.Field{Name: truncate(name), Code: code, Detail: detail})
		}
		cells[name] = cell
		if errors.Is(err, errShape) {
			return nil
		}
		return err
	})
	switch {
	case err != nil:
		return directory.Entry{}, malformedLine("it is not one JSON object")
	case len(faults) > 0:
		return directory.Entry{}, &fault.Error{Kind: fault.Invalid, Fields: faults}
	}
	return r.entry(func(column int) string { return cells[r.all[column].name] })
}

func (r *reader) knows(name string) bool {
	for _, c := range r.all {
		if c.name == name {
			return true
		}
	}
	return false
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
