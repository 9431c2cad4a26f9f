package codebase

import (
	"net/http"

	"roster.example/roster/internal/web"
)

// listStream writes a listDocument item by item.
type listStream struct {
	*web.Stream
	root, element string
	xml           *xmlWriter // nil for JSON
	hasItems      bool       // an item was written
}

func newListStream(w http.ResponseWriter, r *http.Request, root, element string) *listStream {
	web.SetHeaders(w, "Vary", "Accept")
	if wantsJSON(r) {
		return &listStream{Stream: web.NewStream(w, r, jsonType+"; charset=utf-8"), root: root, element: element}
	}
	return &listStream{Stream: web.NewStream(w, r, xmlType+"; charset=utf-8"), root: root, element: element, xml: newXMLWriter()}
}

func (s *listStream) begin() error {
	if s.xml == nil {
		return s.Add(func(j web.JSON) web.JSON { return j.Open('[') })
	}
	s.xml.WriteString(declaration)
	s.xml.open(s.root, ` type="array"`)
	return s.addXML()
}

func (s *listStream) add(items []value) error {
	for _, item := range items {
		s.hasItems = true
		var err error
		if s.xml == nil {
			err = s.Add(object{{s.element, item}}.appendJSON)
		} else {
			item.writeXML(s.xml, s.element)
			err = s.addXML()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *listStream) end() error {
	if s.xml == nil {
		return s.Add(func(j web.JSON) web.JSON { return j.Close(']') })
	}
	s.xml.close(s.root, s.hasItems)
	s.xml.WriteByte('\n')
	return s.addXML()
}

// addXML moves the written XML into the stream.
func (s *listStream) addXML() error {
	defer s.xml.Reset()
	return s.Add(func(text web.JSON) web.JSON { return append(text, s.xml.Bytes()...) })
}
