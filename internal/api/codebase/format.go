package codebase

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"roster.example/roster/internal/web"
)

const (
	xmlSuffix  = ".xml"
	jsonSuffix = ".json"
	xmlType    = "application/xml"
	jsonType   = "application/json"
)

// wantsJSON decides the format of an answer: the ending of the path, else
// Accept, else XML. What the body was written in has no say (docs/products/codebase.md,
// 2).
func wantsJSON(r *http.Request) bool {
	switch web.Suffix(r) {
	case jsonSuffix:
		return true
	case xmlSuffix:
		return false
	}
	return prefersJSON(strings.Join(r.Header.Values("Accept"), ","))
}

// prefersJSON reads an Accept header (RFC 9110, 12.5.1). Only JSON and XML by
// name count; of equal wishes the first wins. A wildcard is content with XML.
func prefersJSON(accept string) bool {
	if accept == "" {
		return false
	}
	best, wish := 0.0, ""
	for part := range strings.SplitSeq(accept, ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil || kind != jsonType && kind != xmlType && kind != "text/xml" {
			continue
		}
		weight := 1.0
		if q, ok := params["q"]; ok {
			if weight, err = strconv.ParseFloat(q, 64); err != nil {
				continue
			}
		}
		if weight > best {
			best, wish = weight, kind
		}
	}
	return wish == jsonType
}

// A document is one answer in both of its forms.
type document struct {
	root      string // of the XML
	xmlValue  value
	jsonValue value // nil for an object whose one member is named as the root
}

// one is a single object.
func objectDocument(root string, v value) document {
	return document{root: root, xmlValue: v}
}

// list is a list of objects: in JSON an array of objects with one key each.
func listDocument(root, element string, items []value) document {
	wrapped := array{items: make([]value, 0, len(items))}
	for _, item := range items {
		wrapped.items = append(wrapped.items, object{{element, item}})
	}
	return document{root: root, xmlValue: array{element, items}, jsonValue: wrapped}
}

// errorsBody is the answer to whatever went wrong. Its root in XML has no type="array"
// (docs/products/codebase.md, 3).
func errorsDocument(lines []string) document {
	inXML, inJSON := object{}, array{}
	for _, line := range lines {
		inXML = append(inXML, member{"error", text(line)})
		inJSON.items = append(inJSON.items, text(line))
	}
	return document{root: "errors", xmlValue: inXML, jsonValue: object{{"errors", inJSON}}}
}

// underscored is how a dashed name is spelled in JSON, and inside Rails.
func underscored(name string) string { return strings.ReplaceAll(name, "-", "_") }

// answer writes a document in the format that the client asks for.
func writeDocument(w http.ResponseWriter, r *http.Request, status int, d document) {
	web.SetHeaders(w, "Vary", "Accept")
	if wantsJSON(r) {
		web.SetHeaders(w, "Content-Type", jsonType+"; charset=utf-8")
		d.encodeJSON().Respond(w, status)
		return
	}
	web.WriteBody(w, status, xmlType+"; charset=utf-8", d.encodeXML())
}

// json is the document in JSON.
func (d document) encodeJSON() web.JSON {
	if d.jsonValue != nil {
		return d.jsonValue.appendJSON(nil)
	}
	return d.xmlValue.appendJSON(web.JSON(nil).Open('{').Name(underscored(d.root))).Close('}')
}

// declaration is the first line of every XML answer; elements bring their own
// line breaks.
const declaration = `<?xml version="1.0" encoding="UTF-8"?>`

// xml is the document in XML, with a newline at its end.
func (d document) encodeXML() []byte {
	x := newXMLWriter()
	x.WriteString(declaration)
	d.xmlValue.writeXML(x, d.root)
	x.WriteByte('\n')
	return x.Bytes()
}
