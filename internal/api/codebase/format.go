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

// wantsJSON returns the format of a response: by the suffix of the path, or else Accept, or else
// XML. The format of the request body does not matter (docs/products/codebase.md, 2).
func wantsJSON(r *http.Request) bool {
	switch web.Suffix(r) {
	case jsonSuffix:
		return true
	case xmlSuffix:
		return false
	}
	return prefersJSON(strings.Join(r.Header.Values("Accept"), ","))
}

// prefersJSON evaluates an Accept header (RFC 9110, 12.5.1). Only the names of JSON and XML count;
// of equal weights the first wins. A wildcard means XML.
func prefersJSON(accept string) bool {
	if accept == "" {
		return false
	}
	best, preferred := 0.0, ""
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
			best, preferred = weight, kind
		}
	}
	return preferred == jsonType
}

// document is a response in both formats.
type document struct {
	root      string // name of the root element
	xmlValue  value
	jsonValue value // nil for an object with one member that is named like the root
}

// objectDocument is a single object.
func objectDocument(root string, v value) document {
	return document{root: root, xmlValue: v}
}

// listDocument is a list of objects: in JSON an array of objects with one member each.
func listDocument(root, element string, items []value) document {
	wrapped := array{items: make([]value, 0, len(items))}
	for _, item := range items {
		wrapped.items = append(wrapped.items, object{{element, item}})
	}
	return document{root: root, xmlValue: array{element, items}, jsonValue: wrapped}
}

// errorsDocument is the body of every error. Its root in XML has no type="array"
// (docs/products/codebase.md, 3).
func errorsDocument(lines []string) document {
	inXML, inJSON := object{}, array{}
	for _, line := range lines {
		inXML = append(inXML, member{"error", text(line)})
		inJSON.items = append(inJSON.items, text(line))
	}
	return document{root: "errors", xmlValue: inXML, jsonValue: object{{"errors", inJSON}}}
}

// underscored returns the name as it is in JSON.
func underscored(name string) string { return strings.ReplaceAll(name, "-", "_") }

// writeDocument writes a document in the format that the client requests.
func writeDocument(w http.ResponseWriter, r *http.Request, status int, d document) {
	web.SetHeaders(w, "Vary", "Accept")
	if wantsJSON(r) {
		web.SetHeaders(w, "Content-Type", jsonType+"; charset=utf-8")
		d.encodeJSON().Respond(w, status)
		return
	}
	web.WriteBody(w, status, xmlType+"; charset=utf-8", d.encodeXML())
}

// encodeJSON returns the document in JSON.
func (d document) encodeJSON() web.JSON {
	if d.jsonValue != nil {
		return d.jsonValue.appendJSON(nil)
	}
	return d.xmlValue.appendJSON(web.JSON(nil).Open('{').Name(underscored(d.root))).Close('}')
}

// declaration is the first line of every XML response; elements begin with a newline.
const declaration = `<?xml version="1.0" encoding="UTF-8"?>`

// encodeXML returns the document in XML, with a newline at its end.
func (d document) encodeXML() []byte {
	x := newXMLWriter()
	x.WriteString(declaration)
	d.xmlValue.writeXML(x, d.root)
	x.WriteByte('\n')
	return x.Bytes()
}
