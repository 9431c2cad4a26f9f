package codebase

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestAcceptSelectsXMLOrJSON(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]bool{
		"":                                       false,
		"*/*":                                    false,
		"text/html":                              false,
		"application/xml":                        false,
		"text/xml, application/json;q=0.9":       false,
		"application/xml, application/json":      false,
		"application/json;q=0":                   false,
		"application/json;q=high":                false,
		"application/*":                          false,
		"text/html,application/xml;q=0.9,*/*":    false,
		"application/json":                       true,
		"Application/JSON; charset=utf-8":        true,
		"application/json, text/plain, */*":      true,
		"application/json, application/xml":      true,
		"application/xml;q=0.5,application/json": true,
		"nonsense;;, application/json":           true,
	} {
		if got := prefersJSON(accept); got != want {
			t.Errorf("%q: JSON %t, want %t", accept, got, want)
		}
	}
}

func aSample() object {
	return object{
		{"a-text", text(`<"Ä" & 'b'>`)}, {"absent", optional("")}, {"never", absent{}}, {"count", integer(-3)}, {"yes", boolean(true)},
		{"none", array{element: "number"}}, {"one", array{"word", []value{text("a<b")}}},
	}
}

func TestValuesHaveTheAttributesOfRails(t *testing.T) {
	t.Parallel()
	want := `<?xml version="1.0" encoding="UTF-8"?>
<sample>
  <a-text>&lt;&quot;Ä&quot; &amp; 'b'&gt;</a-text>
  <absent nil="true"></absent>
  <never nil="true"></never>
  <count type="integer">-3</count>
  <yes type="boolean">true</yes>
  <none type="array"></none>
  <one type="array">
    <word>a&lt;b</word>
  </one>
</sample>
`
	if diff := cmp.Diff(want, string(objectDocument("sample", aSample()).encodeXML())); diff != "" {
		t.Error(diff)
	}
}

// A parser that follows Rails gets nulls, lists of one and empty lists.
func TestValuesAreParsedBackUnchanged(t *testing.T) {
	t.Parallel()
	got, err := parseXML(bytes.NewReader(listDocument("some-samples", "sample", []value{aSample()}).encodeXML()))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"some_samples": []any{map[string]any{
		"a_text": `<"Ä" & 'b'>`, "absent": nil, "never": nil, "count": "-3", "yes": "true", "none": []any{}, "one": []any{"a<b"},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestJSONHasNullsAndEmptyLists(t *testing.T) {
	t.Parallel()
	got := listDocument("some-samples", "sample", []value{aSample()}).jsonValue.appendJSON(nil)
	want := `[{"sample":{"a_text":"<\"Ä\" & 'b'>","absent":null,"never":null,"count":-3,"yes":true,"none":[],"one":["a<b"]}}]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

// FuzzText checks that any text is parsed back unchanged, except for characters that XML cannot
// hold.
func FuzzText(f *testing.F) {
	f.Add("plain")
	f.Add("a\x00b\x1b\xff\r\n\t")
	f.Add(`<"Ä" & 'b'>]]>`)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parseXML(bytes.NewReader(objectDocument("a", text(s)).encodeXML()))
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		for _, c := range s {
			if unspeakable(c) {
				c = utf8.RuneError
			}
			want.WriteRune(c)
		}
		if got["a"] != want.String() {
			t.Errorf("%q is read back as %q", want.String(), got["a"])
		}
	})
}
