package codebase

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAcceptDecidesBetweenXMLAndJSON(t *testing.T) {
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

type sample struct {
	Text   text           `xml:"a-text" json:"a_text"`
	Absent optional       `xml:"absent" json:"absent"`
	Never  never          `xml:"never" json:"never"`
	Count  integer        `xml:"count" json:"count"`
	Yes    boolean        `xml:"yes" json:"yes"`
	None   array[integer] `xml:"none" json:"none"`
	One    array[text]    `xml:"one" json:"one"`
}

func aSample() sample {
	return sample{
		Text: `<"Ä" & 'b'>`, Count: -3, Yes: true,
		None: array[integer]{element: "number"}, One: array[text]{"word", []text{"a<b"}},
	}
}

func TestValuesCarryTheAttributesThatRailsWrites(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := xml.NewEncoder(&b).EncodeElement(aSample(), named("sample")); err != nil {
		t.Fatal(err)
	}
	want := `<sample><a-text>&lt;&quot;Ä&quot; &amp; 'b'&gt;</a-text><absent nil="true"></absent><never nil="true"></never>` +
		`<count type="integer">-3</count><yes type="boolean">true</yes><none type="array"></none>` +
		`<one type="array"><word>a&lt;b</word></one></sample>`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// A reader that follows Rails' rules gets nulls, lists of one and empty lists.
func TestValuesAreReadBackAsTheyWere(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	if err := writeXML(w, http.StatusOK, list("some-samples", "sample", []sample{aSample()})); err != nil {
		t.Fatal(err)
	}
	got, err := parseXML(w.Body)
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
	b, err := json.Marshal(aSample())
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"a_text": `<"Ä" & 'b'>`, "absent": nil, "never": nil, "count": -3.0, "yes": true, "none": []any{}, "one": []any{"a<b"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestControlCharactersNeverReachAnAnswer(t *testing.T) {
	t.Parallel()
	b, err := xml.Marshal(text("a\x00b\x1b\xff"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseXML(strings.NewReader(string(b))); err != nil {
		t.Errorf("%s: %v", b, err)
	}
}
