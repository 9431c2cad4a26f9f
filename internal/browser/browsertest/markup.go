package browsertest

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// element is one start tag of a page.
type element struct {
	name string
	attr map[string]string
}

// CheckMarkup checks what makes every page accessible: tags nest, nothing inline runs, ids are unique,
// each field has its label, and the texts about a field are connected to it.
func CheckMarkup(t testing.TB, body string) {
	t.Helper()
	elements, err := parse(body)
	if err != nil {
		t.Errorf("the page is not well formed: %v\n%s", err, body)
		return
	}
	ids, labels := map[string]int{}, map[string]bool{}
	for _, e := range elements {
		if id := e.attr["id"]; id != "" {
			ids[id]++
		}
		if e.name == "label" {
			labels[e.attr["for"]] = true
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("id %q occurs %d times", id, n)
		}
	}
	for _, e := range elements {
		checkElement(t, e, ids, labels)
	}
}

func checkElement(t testing.TB, e element, ids map[string]int, labels map[string]bool) {
	t.Helper()
	if e.name == "style" || e.name == "iframe" || e.name == "script" && !strings.Contains(e.attr["src"], "/console/static/roster.") {
		t.Errorf("a page holds <%s>", e.name)
	}
	for name := range e.attr {
		if strings.HasPrefix(name, "on") || name == "style" {
			t.Errorf("<%s> has %s", e.name, name)
		}
	}
	if target, ok := strings.CutPrefix(e.attr["href"], "#"); ok && ids[target] == 0 {
		t.Errorf("a link leads to #%s, which is not there", target)
	}
	if strings.Contains(e.attr["href"]+e.attr["action"], "token=") {
		t.Errorf("<%s> leads to an address with a token", e.name)
	}
	for id := range strings.FieldsSeq(e.attr["aria-describedby"]) {
		if ids[id] == 0 {
			t.Errorf("<%s> is described by %q, which is not there", e.name, id)
		}
	}
	field := e.name == "input" || e.name == "textarea" || e.name == "select"
	if !field || e.attr["type"] == "hidden" || e.attr["type"] == "checkbox" {
		return
	}
	if !labels[e.attr["id"]] || e.name == "input" && e.attr["autocomplete"] == "" {
		t.Errorf("field %q lacks its label or autocomplete", e.attr["name"])
	}
	if e.attr["type"] == "password" && e.attr["value"] != "" {
		t.Error("a password is sent back")
	}
}

// parse parses a page with encoding/xml in its mode for HTML.
func parse(body string) (elements []element, err error) {
	d := xml.NewDecoder(strings.NewReader(body))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return elements, nil
		}
		if err != nil {
			return elements, err
		}
		if start, ok := token.(xml.StartElement); ok {
			e := element{start.Name.Local, map[string]string{}}
			for _, a := range start.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			elements = append(elements, e)
		}
	}
}
