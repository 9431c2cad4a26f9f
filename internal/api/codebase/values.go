package codebase

import (
	"encoding/xml"
	"strings"

	"roster.example/roster/internal/web"
)

// The values of this API know how Rails writes them: numbers, truth values and
// lists carry their type as an attribute, an absent value nil="true" and no
// type (reference, section 4).

// text is written with the escapes that Rails makes: those of encoding/xml for
// quotes are as right, but people read and search these answers too.
type text string

var quotes = strings.NewReplacer("&#34;", "&quot;", "&#39;", "'")

// MarshalXML escapes & < > and the double quote.
func (t text) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	var escaped strings.Builder
	if err := xml.EscapeText(&escaped, []byte(t)); err != nil {
		return err
	}
	type raw struct {
		Text string `xml:",innerxml"`
	}
	return e.EncodeElement(raw{quotes.Replace(escaped.String())}, start)
}

// optional is text that may be absent; absent text is empty.
type optional string

// MarshalXML writes nil="true" for absent text.
func (o optional) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	if o == "" {
		return never{}.MarshalXML(e, start)
	}
	return text(o).MarshalXML(e, start)
}

// MarshalJSON writes null for absent text.
func (o optional) MarshalJSON() ([]byte, error) {
	if o == "" {
		return never{}.MarshalJSON()
	}
	return web.EncodeJSON(string(o), "")
}

// never is a member that is always absent.
type never struct{}

// MarshalXML writes nil="true".
func (never) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return e.EncodeElement("", with(start, "nil", "true"))
}

// MarshalJSON writes null.
func (never) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// integer is a whole number.
type integer int64

// MarshalXML writes type="integer".
func (i integer) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return e.EncodeElement(int64(i), with(start, "type", "integer"))
}

// boolean is a truth value.
type boolean bool

// MarshalXML writes type="boolean".
func (b boolean) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return e.EncodeElement(bool(b), with(start, "type", "boolean"))
}

// array is a list whose elements share one name in XML.
type array[T any] struct {
	element string
	items   []T
}

// MarshalXML writes type="array", which keeps a list of one or none a list for
// those who read it.
func (a array[T]) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	start = with(start, "type", "array")
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	for _, item := range a.items {
		if err := e.EncodeElement(item, named(a.element)); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}

// MarshalJSON writes the bare elements; an empty list is [], never null.
func (a array[T]) MarshalJSON() ([]byte, error) {
	if len(a.items) == 0 {
		return []byte("[]"), nil
	}
	return web.EncodeJSON(a.items, "")
}

func with(start xml.StartElement, name, value string) xml.StartElement {
	start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: name}, Value: value})
	return start
}
