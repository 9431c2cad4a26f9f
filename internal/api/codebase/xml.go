package codebase

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"roster.example/roster/internal/web"
)

// maxDepth is how deep elements may be nested; encoding/xml itself has no limit.
// No request of this API is deeper than 3.
const maxDepth = 32

// maxElements is how many elements and attributes a body may have. Each costs far
// more memory and time than its bytes; no request of this API has a hundred.
const maxElements = 10_000

var (
	errDirective = errors.New("a DOCTYPE or another directive is not accepted")
	errTooDeep   = errors.New("elements are nested too deep")
	errTooMany   = errors.New("there are too many elements")
	errCharset   = errors.New("only UTF-8 and US-ASCII are read")
	errRoots     = errors.New("there is more than one root element")
	errStray     = errors.New("text stands outside of the root element")
)

// readXML reads the body of r as one XML element. It stops at the first fault,
// so what follows one costs nothing.
func readXML(r *http.Request, limit int64) (map[string]any, error) {
	if r.Body == nil {
		return map[string]any{}, nil
	}
	tree, err := parseXML(http.MaxBytesReader(nil, r.Body, limit))
	if err == nil {
		return tree, nil
	}
	if known, ok := errors.AsType[*web.Error](err); ok {
		return nil, known
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &web.Error{Status: http.StatusRequestEntityTooLarge, Code: web.TooLarge, Msg: "the body is too large", Err: tooLarge}
	}
	return nil, malformed("the body is not XML that is accepted here: "+parseErrorText(err), err)
}

// reason tells the client which of our rules was broken, and of the parser's no
// more than that there is one.
func parseErrorText(err error) string {
	for _, ours := range []error{errDirective, errTooDeep, errTooMany, errCharset, errRoots, errStray} {
		if errors.Is(err, ours) {
			return ours.Error()
		}
	}
	return "it is not well-formed UTF-8 text"
}

// parseXML reads one element as Rails does (Hash.from_xml): its name, with
// underscores for dashes, leads to its value. No text is an empty object.
//
// A value is text; or an object, where there are elements in it, with a list for
// those of the same name; or with type="array" a list of all; or with nil="true"
// nothing. Other types are left to whoever asks for the value.
//
// Entities are never expanded: a declaration of them is refused, and encoding/xml
// does not know any by itself but the five that XML has.
func parseXML(text io.Reader) (map[string]any, error) {
	p := &xmlReader{decoder: xml.NewDecoder(text)}
	p.decoder.CharsetReader = charset
	tree := map[string]any{}
	for {
		token, err := p.next()
		if errors.Is(err, io.EOF) {
			return tree, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.CharData:
			if !blank(token) {
				return nil, errStray
			}
		case xml.StartElement:
			if len(tree) > 0 {
				return nil, errRoots
			}
			if tree[underscored(token.Name.Local)], err = p.element(token, 1); err != nil {
				return nil, err
			}
		}
	}
}

// blank allows a byte order mark, which some editors put before everything.
func blank(text xml.CharData) bool { return strings.Trim(string(text), " \t\r\n\uFEFF") == "" }

// charset lets the declaration name UTF-8 and its part US-ASCII, as Python's
// ElementTree spells them: utf8, us-ascii, in any case. The decoder refuses what
// is not UTF-8 itself; what is declared as ASCII must be.
func charset(label string, text io.Reader) (io.Reader, error) {
	switch strings.ReplaceAll(strings.ToLower(label), "_", "-") {
	case "utf-8", "utf8":
		return text, nil
	case "us-ascii", "ascii":
		return asciiReader{text}, nil
	}
	return nil, errCharset
}

// asciiReader fails at the first byte that is not ASCII.
type asciiReader struct{ io.Reader }

func (r asciiReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	for _, c := range b[:n] {
		if c >= utf8.RuneSelf {
			return 0, errCharset
		}
	}
	return n, err
}

type xmlReader struct {
	decoder  *xml.Decoder
	elements int
}

func (p *xmlReader) next() (xml.Token, error) {
	token, err := p.decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case xml.Directive:
		return nil, errDirective
	case xml.StartElement:
		if p.elements += 1 + len(token.Attr); p.elements > maxElements {
			return nil, errTooMany
		}
	}
	return token, nil
}

type child struct {
	name  string
	value any
}

// element reads on behind a start tag until its end.
func (p *xmlReader) element(start xml.StartElement, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	var children []child
	var text strings.Builder
	for {
		token, err := p.next()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.CharData:
			text.Write(token)
		case xml.StartElement:
			value, err := p.element(token, depth+1)
			if err != nil {
				return nil, err
			}
			children = append(children, child{underscored(token.Name.Local), value})
		case xml.EndElement:
			return valueOf(start, children, text.String()), nil
		}
	}
}

func valueOf(start xml.StartElement, children []child, text string) any {
	switch {
	case attribute(start, "nil") == "true":
		return nil
	case attribute(start, "type") == "array":
		items := make([]any, 0, len(children))
		for _, c := range children {
			items = append(items, c.value)
		}
		return items
	case len(children) > 0:
		return groupByName(children)
	}
	return text
}

func attribute(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// gathered puts elements of the same name into lists.
func groupByName(children []child) map[string]any {
	named := map[string][]any{}
	for _, c := range children {
		named[c.name] = append(named[c.name], c.value)
	}
	members := make(map[string]any, len(named))
	for name, values := range named {
		members[name] = values
		if len(values) == 1 {
			members[name] = values[0]
		}
	}
	return members
}
