package codebase

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"roster.example/roster/internal/web"
)

// maxDepth is the maximum nesting depth of elements; encoding/xml has no limit. Requests of this
// API need 3.
const maxDepth = 32

// maxElements is the maximum number of elements and attributes in a body, which take far more
// memory and time than their bytes. Requests of this API need less than a hundred.
const maxElements = 10_000

var (
	errDirective = errors.New("a DOCTYPE or another directive is not accepted")
	errTooDeep   = errors.New("elements are nested too deep")
	errTooMany   = errors.New("there are too many elements")
	errCharset   = errors.New("only UTF-8 and US-ASCII are supported")
	errRoots     = errors.New("there is more than one root element")
	errSurrogate = errors.New("there is half of a surrogate pair, such as &#xD800;")
	errStray     = errors.New("there is text outside of the root element")
)

// readXML reads the body of r as one XML element. It stops at the first error.
func readXML(r *http.Request, limit int64) (map[string]any, error) {
	if r.Body == nil {
		return map[string]any{}, nil
	}
	source := io.Reader(r.Body)
	if limit > 0 {
		source = http.MaxBytesReader(nil, r.Body, limit)
	}
	tree, err := parseXML(source)
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

// parseErrorText returns the text of an error of this file, and a text of ours for errors of the
// parser, whose own quote the body.
func parseErrorText(err error) string {
	for _, ours := range []error{errDirective, errTooDeep, errTooMany, errCharset, errRoots, errStray, errSurrogate} {
		if errors.Is(err, ours) {
			return ours.Error()
		}
	}
	switch bad, _ := errors.AsType[*xml.SyntaxError](err); {
	case bad != nil && bad.Msg == "invalid UTF-8":
		return "it is not valid UTF-8"
	case bad == nil && strings.Contains(err.Error(), "unsupported version"): // encoding/xml has no type for it
		return "only XML 1.0 is supported"
	}
	return "it is not well-formed"
}

// parseXML parses one element as Rails does (Hash.from_xml): the result maps its name, with
// underscores for dashes, to its value. An empty document is an empty object.
//
// A value is a string; or an object if the element has children, with a list for those of the same
// name; or with type="array" a list of all children; or with nil="true" nil. Other types are not
// converted.
//
// Entities are not expanded: a declaration of them is an error, and encoding/xml knows only the
// five of XML.
func parseXML(text io.Reader) (map[string]any, error) {
	p := &xmlReader{}
	p.decoder = xml.NewDecoder(io.TeeReader(text, &p.source))
	p.decoder.CharsetReader = charset
	tree := map[string]any{}
	for {
		token, err := p.next()
		if errors.Is(err, io.EOF) {
			return tree, p.requireCharacters()
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

// blank reports whether text is white space. It accepts a byte order mark, which some editors
// write.
func blank(text xml.CharData) bool { return strings.Trim(string(text), " \t\r\n\uFEFF") == "" }

// charset accepts UTF-8 and US-ASCII in the declaration, by all their names: Python's ElementTree
// writes utf8 and us-ascii. The decoder rejects invalid UTF-8; declared ASCII is checked here.
func charset(label string, text io.Reader) (io.Reader, error) {
	switch web.ParseCharset(label) {
	case web.UTF8:
		return text, nil
	case web.ASCII:
		return web.ASCIIReader(text, errCharset), nil
	}
	return nil, errCharset
}

type xmlReader struct {
	decoder  *xml.Decoder
	source   bytes.Buffer // what the decoder has read
	replaced bool         // whether a text has U+FFFD
	elements int
}

// surrogate is a reference to half of a surrogate pair, which is no character of XML. encoding/xml
// replaces it by U+FFFD.
var surrogate = regexp.MustCompile(`&#(?:x0*[dD][89a-fA-F][0-9a-fA-F]{2}|0*(?:55(?:29[6-9]|[3-9]\d\d)|56\d{3}|57(?:[0-2]\d\d|3[0-3]\d|34[0-3])));`)

// requireCharacters returns errSurrogate if the document, which was read to its end, has such a
// reference.
func (p *xmlReader) requireCharacters() error {
	if p.replaced && surrogate.Match(p.source.Bytes()) {
		return errSurrogate
	}
	return nil
}

func (p *xmlReader) next() (xml.Token, error) {
	token, err := p.decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case xml.Directive:
		return nil, errDirective
	case xml.CharData:
		p.replaced = p.replaced || bytes.ContainsRune(token, utf8.RuneError)
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

// element reads the element of a start tag up to its end.
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

// groupByName puts elements of the same name into lists.
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
