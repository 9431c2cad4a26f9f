package apitest

import (
	"errors"
	"fmt"
	"strings"
)

// scanner reads the tokens of JSON with placeholders, which encoding/json cannot parse.
type scanner struct {
	text string
	at   int
}

var errEnd = errors.New("unexpected end of JSON")

// peek returns the next token without consuming it, or "" at the end or on an error.
func (s *scanner) peek() string {
	ahead := *s
	token, err := ahead.next()
	if err != nil {
		return ""
	}
	return token
}

// skipComma consumes the next token if it is a comma, and returns the following one as peek does.
func (s *scanner) skipComma() string {
	ahead := *s
	if token, err := ahead.next(); err == nil && token == "," {
		*s = ahead
	}
	return s.peek()
}

// next consumes the next token: one of {}[]:, or a text in quotes, a placeholder, a number, true, false, null.
func (s *scanner) next() (string, error) {
	rest := strings.TrimLeft(s.text[s.at:], " \t\r\n")
	s.at = len(s.text) - len(rest)
	if rest == "" {
		return "", errEnd
	}
	n := 0
	switch {
	case strings.IndexByte("{}[]:,", rest[0]) >= 0:
		n = 1
	case rest[0] == '"':
		n = quoted(rest)
	case strings.HasPrefix(rest, "<<"):
		n = strings.Index(rest, ">>")
		if n > 0 {
			n += len(">>")
		}
	default:
		n = strings.IndexAny(rest+" ", "{}[]:,\"< \t\r\n")
	}
	if n < 1 {
		return "", fmt.Errorf("invalid JSON at %.20q", rest)
	}
	s.at += n
	return rest[:n], nil
}

// quoted returns the length of the quoted text at the beginning of s, or 0.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// value consumes one whole value and returns its text.
func (s *scanner) value() (string, error) {
	begin, depth := -1, 0
	for {
		token, err := s.next()
		if err != nil {
			return "", err
		}
		if begin < 0 {
			begin = s.at - len(token)
		}
		switch token {
		case "{", "[":
			depth++
		case "}", "]":
			depth--
		}
		if depth <= 0 {
			return s.text[begin:s.at], nil
		}
	}
}
