package apitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// compareJSON compares the structure of two JSON texts: the members have the same order, none is missing or additional, and
// numbers have the same digits. want may contain placeholders, inside quotes for a part of a text, outside for a whole
// value.
func compareJSON(want, got string, v vars) error {
	want, err := v.substitute(want)
	if err != nil {
		return err
	}
	if !json.Valid([]byte(got)) {
		return errors.New("the response is not valid JSON")
	}
	c := comparison{want: scanner{text: want}, got: scanner{text: got}, vars: v}
	if err := c.value("$"); err != nil {
		return err
	}
	if rest, _ := c.want.next(); rest != "" {
		return fmt.Errorf("text follows the expected JSON: %s", rest)
	}
	return nil
}

// comparison reads both texts token by token in parallel.
type comparison struct {
	want, got scanner
	vars      vars
}

func (c *comparison) value(path string) error {
	want, err := c.want.next()
	if err != nil {
		return err
	}
	if strings.HasPrefix(want, "<<") {
		return c.placeholder(path, want)
	}
	if want == "{" || want == "[" {
		return c.nested(path, want)
	}
	got, err := c.got.value()
	if err != nil {
		return err
	}
	return c.scalar(path, want, got)
}

// placeholder matches a placeholder outside of quotes with one whole value.
func (c *comparison) placeholder(path, want string) error {
	got, err := c.got.value()
	if err != nil {
		return err
	}
	h, err := parsePlaceholder(want[2:len(want)-2], kinds["any"])
	if err != nil {
		return err
	}
	text, isText := unquote(got)
	if !isText {
		text = got
	}
	// The text "7" is not the number 7; clients have failed because of this difference.
	if h.kind == "int" && isText || c.vars.match(want, text) != nil {
		return fmt.Errorf("%s: want %s, got %s", path, want, got)
	}
	return nil
}

func (c *comparison) scalar(path, want, got string) error {
	wantText, wantsText := unquote(want)
	gotText, isText := unquote(got)
	if wantsText && isText && c.vars.match(wantText, gotText) == nil {
		return nil
	}
	if !wantsText && want == got {
		return nil
	}
	return fmt.Errorf("%s: want %s, got %s", path, want, got)
}

// nested compares objects and arrays; open is the opening token.
func (c *comparison) nested(path, open string) error {
	if c.got.peek() != open {
		got, err := c.got.value()
		return errors.Join(err, fmt.Errorf("%s: want %s…, got %s", path, open, got))
	}
	if _, err := c.got.next(); err != nil {
		return err
	}
	for i := 0; ; i++ {
		more, err := c.nextElement(path, i, open)
		if err != nil || !more {
			return err
		}
		at := fmt.Sprintf("%s[%d]", path, i)
		if open == "{" {
			if at, err = c.member(path); err != nil {
				return err
			}
		}
		if err := c.value(at); err != nil {
			return err
		}
	}
}

// nextElement reads the comma before element i, or the end, on both sides.
func (c *comparison) nextElement(path string, i int, open string) (bool, error) {
	end := "}"
	if open == "[" {
		end = "]"
	}
	want, got := c.want.peek(), c.got.peek()
	if want == end && got == end {
		_, wantErr := c.want.next()
		_, gotErr := c.got.next()
		return false, errors.Join(wantErr, gotErr)
	}
	if i > 0 {
		if want != "," && want != end {
			return false, fmt.Errorf("%s: the expected JSON lacks a comma before %s", path, want)
		}
		want, got = c.want.skipComma(), c.got.skipComma()
	}
	switch {
	case got == end:
		return false, fmt.Errorf("%s: %s is missing", path, want)
	case want == end:
		return false, fmt.Errorf("%s: %s is unexpected", path, got)
	}
	return true, nil
}

// member compares the names of the next member and returns its path.
func (c *comparison) member(path string) (string, error) {
	want, wantErr := c.want.next()
	got, gotErr := c.got.next()
	if err := errors.Join(wantErr, gotErr); err != nil {
		return "", err
	}
	wantName, wantsText := unquote(want)
	gotName, _ := unquote(got)
	if !wantsText || wantName != gotName {
		return "", fmt.Errorf("%s: want member %s next, got %s", path, want, got)
	}
	_, gotErr = c.got.next()
	if colon, err := c.want.next(); err != nil || colon != ":" {
		return "", fmt.Errorf("%s: the expected JSON lacks a colon after %s", path, want)
	}
	return path + "." + wantName, gotErr
}

func unquote(token string) (text string, ok bool) {
	if !strings.HasPrefix(token, `"`) {
		return "", false
	}
	return text, json.Unmarshal([]byte(token), &text) == nil
}
