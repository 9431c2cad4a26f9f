package fault

import (
	"fmt"
	"strings"
)

// Text is a message that contains values. Pages have a translation of each template.
type Text struct {
	Template string   // English; each {name} is replaced by its value
	Values   []string // name, value, name, value, …
}

// Textf returns the text of a template. The arguments are pairs of a name and a value.
func Textf(template string, pairs ...any) *Text {
	t := &Text{Template: template}
	for _, value := range pairs {
		t.Values = append(t.Values, fmt.Sprint(value))
	}
	return t
}

// String returns the English message.
func (t *Text) String() string { return t.In(t.Template) }

// In returns the message of another template with the same values.
func (t *Text) In(template string) string {
	pairs := make([]string, 0, len(t.Values))
	for i := 0; i+1 < len(t.Values); i += 2 {
		pairs = append(pairs, "{"+t.Values[i]+"}", t.Values[i+1])
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// NewText is New for a message that contains values.
func NewText(kind Kind, text *Text, fields ...Field) *Error {
	return &Error{Kind: kind, Msg: text.String(), Text: text, Fields: fields}
}

// MalformedText is [MalformedField] for a detail that contains values.
func MalformedText(name string, text *Text) *Error {
	return &Error{Kind: Invalid, Fields: []Field{{Name: name, Code: Malformed, Detail: text.String(), Text: text}}}
}

// AddText is AddDetail for a detail that contains values.
func (l *List) AddText(name string, code Code, text *Text) {
	*l = append(*l, Field{Name: name, Code: code, Detail: text.String(), Text: text})
}

// AddUnknown appends the fault of a value that is none of the choices, which [OneOf] has joined.
func (l *List) AddUnknown(name, choices string) { l.AddText(name, Unknown, choose(choices)) }

// UnknownField returns an Invalid error like [List.AddUnknown].
func UnknownField(name, choices string) *Error {
	text := choose(choices)
	return &Error{Kind: Invalid, Fields: []Field{{Name: name, Code: Unknown, Detail: text.String(), Text: text}}}
}

func choose(choices string) *Text { return Textf("write {values}", "values", choices) }
