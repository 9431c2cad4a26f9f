package filter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"roster.example/roster/internal/fault"
)

// Bounds of a filter, which limit the work of the server.
const (
	MaxBytes       = 2000 // bytes
	maxDepth       = 16   // of parentheses and not
	maxComparisons = 32   // comparisons
	maxPartial     = 4    // comparisons with a part of a text, which no index answers alone
)

// Parse reads a filter in SCIM's grammar, such as
//
//	state eq "active" and (email ew "@example.org" or not (company pr))
//
// Fields and operators are read without regard to case; "and" binds tighter than "or", "not"
// stands before a parenthesis. Text and times are in double quotes, with the escapes of JSON. The
// error is Invalid and names the character.
func Parse(text string) (*Condition, error) {
	if len(text) > MaxBytes {
		return nil, fault.InvalidField("filter", fault.TooLong, MaxBytes)
	}
	p := &parser{rest: text, whole: text}
	c, err := p.or(0)
	if err == nil && p.peek() != "" {
		err = p.errorf("expected \"and\", \"or\" or the end")
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

type parser struct {
	whole, rest string
	terms       int
	parts       int
}

func (p *parser) errorf(what string) error {
	at := len(p.whole) - len(p.rest) + 1
	return fault.NewText(fault.Invalid, fault.Textf("the filter cannot be read at character {n}: {what}", "n", at, "what", what),
		fault.Field{Name: "filter", Code: fault.Malformed})
}

// peek returns the next word or sign, "" at the end.
func (p *parser) peek() string {
	p.rest = strings.TrimLeft(p.rest, " \t")
	if p.rest == "" {
		return ""
	}
	if strings.IndexByte(`()"`, p.rest[0]) >= 0 {
		return p.rest[:1]
	}
	if end := strings.IndexAny(p.rest, " \t()\""); end >= 0 {
		return p.rest[:end]
	}
	return p.rest
}

// take consumes the next word if it is word, without regard to case.
func (p *parser) take(word string) bool {
	next := p.peek()
	if !strings.EqualFold(next, word) {
		return false
	}
	p.rest = p.rest[len(next):]
	return true
}

func (p *parser) or(depth int) (*Condition, error) {
	return p.join(Or, depth, p.and)
}

func (p *parser) and(depth int) (*Condition, error) {
	return p.join(And, depth, p.term)
}

func (p *parser) join(op Op, depth int, part func(int) (*Condition, error)) (*Condition, error) {
	left, err := part(depth)
	for err == nil && p.take(string(op)) {
		var right *Condition
		if right, err = part(depth); err == nil {
			left = &Condition{Op: op, Left: left, Right: right}
		}
	}
	return left, err
}

func (p *parser) term(depth int) (*Condition, error) {
	if depth > maxDepth {
		return nil, p.errorf("it is nested too deep")
	}
	not := p.take(string(Not))
	switch {
	case p.take("("):
	case not:
		return nil, p.errorf("expected ( after not")
	default:
		return p.comparison()
	}
	inner, err := p.or(depth + 1)
	if err == nil && !p.take(")") {
		err = p.errorf("expected )")
	}
	if err == nil && not {
		inner = &Condition{Op: Not, Left: inner}
	}
	return inner, err
}

func (p *parser) comparison() (*Condition, error) {
	if p.terms++; p.terms > maxComparisons {
		return nil, p.errorf(fmt.Sprintf("it has more than %d comparisons", maxComparisons))
	}
	field := Field(strings.ToLower(p.peek()))
	sort, known := definitions[field]
	if !known {
		return nil, p.errorf("expected a field, such as username; the documentation lists them")
	}
	p.take(string(field))
	op := Op(strings.ToLower(p.peek()))
	if !slices.Contains(sort.operators(), op) {
		return nil, p.errorf(fmt.Sprintf("%s takes %s", field, operatorWords(sort.operators())))
	}
	if op == Contains || op == Starts || op == Ends {
		if p.parts++; p.parts > maxPartial {
			return nil, p.errorf(fmt.Sprintf("it has more than %d comparisons by co, sw or ew", maxPartial))
		}
	}
	p.take(string(op))
	c := &Condition{Op: op, Field: field}
	if op == Present {
		return c, nil
	}
	before := *p
	literal, err := p.literal()
	if err != nil {
		return nil, err
	}
	value, fits := sort.value(literal)
	if !fits {
		return nil, before.errorf(fmt.Sprintf("%s is compared with %s", field, sort.described()))
	}
	c.Value = value
	if text, ok := value.(string); ok && sort.valueType == addressType {
		c.Value = addressValue(op, text)
	}
	return c, nil
}

func operatorWords(all []Op) string {
	words := make([]string, len(all))
	for i, op := range all {
		words[i] = string(op)
	}
	return strings.Join(words, ", ")
}

// described says what a value of the type looks like.
func (s valueType) described() string {
	switch s {
	case numberType:
		return "a number"
	case boolType:
		return "true or false"
	case timeType:
		return `a time such as "2026-01-02T15:04:05Z"`
	case stateType:
		return `"active", "blocked", "invited" or "deactivated"`
	case factorType:
		return `"totp" or "passkey"`
	}
	return "text in double quotes"
}

// literal reads a quoted text, a whole number, true or false.
func (p *parser) literal() (any, error) {
	next := p.peek()
	if next == `"` {
		return p.quoted()
	}
	switch next {
	case "true", "false":
		p.take(next)
		return next == "true", nil
	}
	n, err := strconv.ParseInt(next, 10, 64)
	if err != nil {
		return nil, p.errorf(`expected a value: "text", a number, true or false`)
	}
	p.take(next)
	return n, nil
}

// escapes are those of JSON (RFC 8259, section 7) but for \u.
var escapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// quoted reads a text with the escapes of JSON.
func (p *parser) quoted() (string, error) {
	var text strings.Builder
	rest := p.rest[1:]
	for rest != "" && rest[0] != '"' {
		letter, size := readRune(rest)
		if size == 0 {
			return "", p.errorf("the text has an escape that JSON does not know")
		}
		text.WriteRune(letter)
		rest = rest[size:]
	}
	if rest == "" {
		return "", p.errorf("the text in quotes does not end")
	}
	if strings.ContainsAny(text.String(), "\x00\uFFFD") {
		return "", p.errorf("the text is not valid UTF-8")
	}
	p.rest = rest[1:]
	return text.String(), nil
}

// readRune returns the first character of s and its length in bytes as written; 0 for an invalid
// escape.
func readRune(s string) (rune, int) {
	if s[0] != '\\' {
		return utf8.DecodeRuneInString(s)
	}
	if len(s) > 1 && s[1] != 'u' {
		if letter, ok := escapes[s[1]]; ok {
			return letter, 2
		}
		return 0, 0
	}
	first, ok := readUTF16Unit(s)
	if !ok || !utf16.IsSurrogate(first) {
		return first, escapeSize(ok, 6)
	}
	second, ok := readUTF16Unit(s[6:])
	return utf16.DecodeRune(first, second), escapeSize(ok, 12)
}

func escapeSize(ok bool, size int) int {
	if !ok {
		return 0
	}
	return size
}

// readUTF16Unit reads "\uXXXX" at the start of s.
func readUTF16Unit(s string) (rune, bool) {
	if len(s) < 6 || s[:2] != `\u` {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}
