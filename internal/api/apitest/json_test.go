package apitest

import (
	"strings"
	"testing"
)

func TestJSONIsComparedByStructureOrderAndDigits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want, got, wantErr string // "" if they are equal
	}{
		{`{"a": 1, "b": [true, null]}`, `{"a":1,"b":[true,null]}`, ""},
		{`{}`, ` { } `, ""},
		{`[]`, `[]`, ""},
		{`"ü\n"`, `"\u00fc\u000a"`, ""},
		{`{"a": {"b": [1, {"c": "}],"}]}}`, `{"a":{"b":[1,{"c":"}],"}]}}`, ""},
		{`{"a": <<any>>}`, `{"a":{"b":[1,"x]",{}]}}`, ""},
		{`{"a": <<int>>, "b": "<<int>>"}`, `{"a":-7,"b":"7"}`, ""},
		{`{"a": <<time>>, "b": "at <<time>>"}`, `{"a":"2026-01-01T00:00:00Z","b":"at 2026-01-01T00:00:00.123+01:00"}`, ""},
		{`{"a": <<ID>>, "b": "x<<ID>>", "c": "${KNOWN}"}`, `{"a":7,"b":"x7","c":"old"}`, ""},
		{`[<<re:t.*>>]`, `[true]`, ""},
		{`{"a": 1, "b": 2}`, `{"b":2,"a":1}`, `$: want member "a" next, got "b"`},
		{`{"a": 1}`, `{"a":1,"b":2}`, `$: "b" is unexpected`},
		{`{"a": 1, "b": 2}`, `{"a":1}`, `$: "b" is missing`},
		{`{}`, `{"a":1}`, `"a" is unexpected`},
		{`{"a": [1, 2]}`, `{"a":[1]}`, `$.a: 2 is missing`},
		{`{"a": [1]}`, `{"a":[1,[2]]}`, `$.a: [ is unexpected`},
		{`[{"a": 1}]`, `[{"a":"1"}]`, `$[0].a: want 1, got "1"`},
		{`1`, `1.0`, `want 1, got 1.0`},
		{`null`, `false`, `want null, got false`},
		{`"a"`, `"b"`, `want "a", got "b"`},
		{`"null"`, `null`, `want "null", got null`},
		{`{}`, `[]`, `want {…, got []`},
		{`[]`, `null`, `want […, got null`},
		{`{"a": <<int>>}`, `{"a":"7"}`, `$.a: want <<int>>, got "7"`},
		{`{"a": <<int>>}`, `{"a":7.5}`, `got 7.5`},
		{`{"a": "<<time>>"}`, `{"a":"yesterday"}`, `yesterday`},
		{`[<<ID>>, <<ID>>]`, `[1,2]`, `$[1]`},
		{`[<<KNOWN>>]`, `["new"]`, `$[0]`},
		{`[${UNKNOWN}]`, `[1]`, `not stored`},
		{`[<<nonsense>>]`, `[1]`, `invalid placeholder`},
		{`{"a": 1`, `{"a":1}`, `comma`},
		{`{"a": 1 "b": 2}`, `{"a":1,"b":2}`, `comma`},
		{`{"a" 1}`, `{"a":1}`, `colon`},
		{`[1, ]`, `[1]`, `missing`},
		{`[1] 2`, `[1]`, `follows`},
		{`[<<any]`, `[1]`, `invalid JSON`},
		{`"open`, `"open"`, `invalid JSON`},
		{`1`, `1 2`, `not valid`},
		{`1`, ``, `not valid`},
	} {
		err := compareJSON(c.want, c.got, vars{"KNOWN": "old"})
		switch {
		case c.wantErr == "" && err != nil:
			t.Errorf("%s and %s: %v", c.want, c.got, err)
		case c.wantErr != "" && (err == nil || !strings.Contains(err.Error(), c.wantErr)):
			t.Errorf("%s and %s: got %v, want an error with %q", c.want, c.got, err, c.wantErr)
		}
	}
}

func TestNamedPlaceholdersAreStored(t *testing.T) {
	t.Parallel()
	v := vars{}
	if err := compareJSON(`{"id": <<ID int>>, "name": <<NAME>>, "link": "/x/<<TOKEN re:[a-z]+>>/y"}`, `{"id":7,"name":"Ada Lee","link":"/x/abc/y"}`, v); err != nil {
		t.Fatal(err)
	}
	got, err := v.substitute("${ID} ${NAME} ${TOKEN}")
	if err != nil || got != "7 Ada Lee abc" {
		t.Errorf("got %q, %v", got, err)
	}
}

func FuzzCompareJSON(f *testing.F) {
	f.Add(`{"a":[1,"x",null,{"b":{}}]}`, `{"a":<<any>>}`)
	f.Fuzz(func(t *testing.T, got, want string) {
		err := compareJSON(want, got, vars{})
		if err == nil && strings.TrimSpace(got) == "" {
			t.Error("an empty text was accepted as JSON")
		}
	})
}
