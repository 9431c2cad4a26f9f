package codebase

import (
	"bytes"
	"encoding/xml"
	"fmt"
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
// Accept, else XML. What the body was written in has no say (reference,
// section 2).
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
	root   string // of the XML
	asXML  any
	asJSON any
}

// one is a single object.
func one(root string, value any) document {
	return document{root: root, asXML: value, asJSON: map[string]any{underscored(root): value}}
}

// list is a list of objects: in JSON an array of objects with one key each.
func list[T any](root, element string, items []T) document {
	wrapped := make([]map[string]T, 0, len(items))
	for _, item := range items {
		wrapped = append(wrapped, map[string]T{underscored(element): item})
	}
	return document{root: root, asXML: array[T]{element, items}, asJSON: wrapped}
}

// underscored is how a dashed name is spelled in JSON, and inside Rails.
func underscored(name string) string { return strings.ReplaceAll(name, "-", "_") }

// answer writes a document in the format that the client asks for.
func answer(w http.ResponseWriter, r *http.Request, status int, d document) error {
	w.Header().Set("Vary", "Accept")
	if wantsJSON(r) {
		w.Header().Set("Content-Type", jsonType+"; charset=utf-8")
		return web.WriteJSON(w, status, d.asJSON)
	}
	return writeXML(w, status, d)
}

// writeXML indents by two spaces, as Rails does.
func writeXML(w http.ResponseWriter, status int, d document) error {
	var body bytes.Buffer
	body.WriteString(xml.Header)
	encoder := xml.NewEncoder(&body)
	encoder.Indent("", "  ")
	if err := encoder.EncodeElement(d.asXML, named(d.root)); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	body.WriteByte('\n')
	web.WriteBody(w, status, xmlType+"; charset=utf-8", body.Bytes())
	return nil
}

func named(element string) xml.StartElement {
	return xml.StartElement{Name: xml.Name{Local: element}}
}
