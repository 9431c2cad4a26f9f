package directory

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"roster.example/roster/internal/fault"
)

// Bounds of a filter, so that no client can make a server work for long.
const (
	filterLimit = 2000 // bytes
	filterDepth = 16   // of parentheses and not
	filterTerms = 32   // comparisons
	filterParts = 4    // comparisons with a part of a text, which no index answers alone
)

// ParseCondition reads a filter in SCIM's grammar, such as
//
//	state eq "active" and (email ew "@example.org" or not (company pr))
//
// Names and operators are read without regard to case; "and" binds tighter than
// "or", "not" stands before a parenthesis. Text and times are in double quotes, with
// the escapes of JSON. The error is Invalid, with a message that tells the place.
func ParseCondition(text string) (*Condition, error) {
	if len(text) > filterLimit {
		return nil, fault.InvalidField("filter", fault.TooLong, filterLimit)
	}
	p := &conditionParser{rest: text, whole: text}
	c, err := p.or(0)
	if err == nil && p.peek() != "" {
		err = p.fault("expected \"and\", \"or\" or the end")
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

type conditionParser struct {
	whole, rest string
	terms       int
	parts       int
}

func (p *conditionParser) fault(what string) error {
	at := len(p.whole) - len(p.rest) + 1
	return &fault.Error{Kind: fault.Invalid, Msg: fmt.Sprintf("the filter cannot be read at character %d: %s", at, what), Fields: []fault.Field{{Name: "filter", Code: fault.Malformed}}}
}

// peek is the next word or sign, "" at the end.
func (p *conditionParser) peek() string {
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

// take passes over the next word if it is this one, without regard to case.
func (p *conditionParser) take(word string) bool {
	next := p.peek()
	if !strings.EqualFold(next, word) {
		return false
	}
	p.rest = p.rest[len(next):]
	return true
}

func (p *conditionParser) or(depth int) (*Condition, error) {
	return p.joined(Or, depth, p.and)
}

func (p *conditionParser) and(depth int) (*Condition, error) {
	return p.joined(And, depth, p.term)
}

func (p *conditionParser) joined(op Op, depth int, part func(int) (*Condition, error)) (*Condition, error) {
	left, err := part(depth)
	for err == nil && p.take(string(op)) {
		var right *Condition
		if right, err = part(depth); err == nil {
			left = &Condition{Op: op, Left: left, Right: right}
		}
	}
	return left, err
}

func (p *conditionParser) term(depth int) (*Condition, error) {
	if depth > filterDepth {
		return nil, p.fault("it is nested too deep")
	}
	not := p.take(string(Not))
	switch {
	case p.take("("):
	case not:
		return nil, p.fault("expected ( after not")
	default:
		return p.comparison()
	}
	inner, err := p.or(depth + 1)
	if err == nil && !p.take(")") {
		err = p.fault("expected )")
	}
	if err == nil && not {
		inner = &Condition{Op: Not, Left: inner}
	}
	return inner, err
}

func (p *conditionParser) comparison() (*Condition, error) {
	if p.terms++; p.terms > filterTerms {
		return nil, p.fault(fmt.Sprintf("it has more than %d comparisons", filterTerms))
	}
	field := Field(strings.ToLower(p.peek()))
	sort, known := fieldSorts[field]
	if !known {
		return nil, p.fault("expected a field, such as username; the documentation lists them")
	}
	p.take(string(field))
	op := Op(strings.ToLower(p.peek()))
	if !slices.Contains(sort.operators(), op) {
		return nil, p.fault(fmt.Sprintf("%s takes %s", field, operatorWords(sort.operators())))
	}
	if op == Contains || op == Starts || op == Ends {
		if p.parts++; p.parts > filterParts {
			return nil, p.fault(fmt.Sprintf("it has more than %d comparisons by co, sw or ew", filterParts))
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
		return nil, before.fault(fmt.Sprintf("%s is compared with %s", field, sort.described()))
	}
	c.Value = value
	if text, ok := value.(string); ok && sort == addressSort {
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

// described says what values of the sort look like.
func (s sort) described() string {
	switch s {
	case numberSort:
		return "a number"
	case flagSort:
		return "true or false"
	case timeSort:
		return `a time such as "2026-01-02T15:04:05Z"`
	case stateSort:
		return `"active", "blocked", "invited" or "deactivated"`
	}
	return "text in double quotes"
}

// literal reads a text in quotes, a whole number, true or false.
func (p *conditionParser) literal() (any, error) {
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
		return nil, p.fault(`expected a value: "text", a number, true or false`)
	}
	p.take(next)
	return n, nil
}

// escapes are those of JSON (RFC 8259, section 7) but for \u.
var escapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// quoted reads a text with the escapes of JSON.
func (p *conditionParser) quoted() (string, error) {
	var text strings.Builder
	rest := p.rest[1:]
	for rest != "" && rest[0] != '"' {
		letter, size := escaped(rest)
		if size == 0 {
			return "", p.fault("the text has an escape that JSON does not know")
		}
		text.WriteRune(letter)
		rest = rest[size:]
	}
	if rest == "" {
		return "", p.fault("the text in quotes does not end")
	}
	if strings.ContainsAny(text.String(), "\x00\uFFFD") {
		return "", p.fault("the text is not valid UTF-8")
	}
	p.rest = rest[1:]
	return text.String(), nil
}

// escaped is the first letter of s and its length in bytes as it is written; 0 for an
// escape that is none.
func escaped(s string) (rune, int) {
	if s[0] != '\\' {
		return utf8.DecodeRuneInString(s)
	}
	if len(s) > 1 && s[1] != 'u' {
		if letter, ok := escapes[s[1]]; ok {
			return letter, 2
		}
		return 0, 0
	}
	first, ok := unit(s)
	if !ok || !utf16.IsSurrogate(first) {
		return first, escapeSize(ok, 6)
	}
	second, ok := unit(s[6:])
	return utf16.DecodeRune(first, second), escapeSize(ok, 12)
}

func escapeSize(ok bool, size int) int {
	if !ok {
		return 0
	}
	return size
}

// unit reads "\uXXXX" at the start of s.
func unit(s string) (rune, bool) {
	if len(s) < 6 || s[:2] != `\u` {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}
