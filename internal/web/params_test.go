package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/web"
)

const (
	asJSON = "application/json"
	asForm = "application/x-www-form-urlencoded"
)

func read(method, query, contentType, body string, limit web.ParamOptions) (web.Params, error) {
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.URL.RawQuery = query
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return web.ReadParams(r, limit)
}

func TestParametersComeFromQueryFormAndJSON(t *testing.T) {
	t.Parallel()
	multi := "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n" +
		"--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.png\"\r\n\r\nPNG\r\n" +
		"--B\r\nContent-Disposition: form-data; name=\"l[]\"\r\n\r\nx\r\n--B--\r\n"
	type m = map[string]any
	for name, c := range map[string]struct {
		query, contentType, body string
		want                     map[string]any
	}{
		"query only":          {"a=1&b=x%20y+z", "", "", m{"a": "1", "b": "x y z"}},
		"body wins":           {"a=1&b=2", asJSON, `{"a":false}`, m{"a": false, "b": "2"}},
		"null says nothing":   {"a=1", asJSON, `{"a":null,"b":null}`, m{"a": "1", "b": nil}},
		"last field wins":     {"", asForm, "a=1&a=2", m{"a": "2"}},
		"lists":               {"a[]=1&a[]=2", "", "", m{"a": []any{"1", "2"}}},
		"nested":              {"", asForm, "u[name]=Ada&u[at][zip]=1&u[r][]=x", m{"u": m{"name": "Ada", "at": m{"zip": "1"}, "r": []any{"x"}}}},
		"semicolon":           {"a=1;b=2", "", "", m{"a": "1;b=2"}},
		"no value":            {"a&b=&&", "", "", m{"a": "", "b": ""}},
		"multipart":           {"", "multipart/form-data; boundary=B", multi, m{"a": "1", "l": []any{"x"}}},
		"json types":          {"", asJSON + "; charset=UTF-8", `{"n":12345678901234567890,"b":false,"o":{"x":[1,"2"]}}`, m{"n": json.Number("12345678901234567890"), "b": false, "o": m{"x": []any{json.Number("1"), "2"}}}},
		"vendor json":         {"", "application/vnd.api+json", `{"a":1}`, m{"a": json.Number("1")}},
		"untyped json":        {"", "", ` {"a":1}`, m{"a": json.Number("1")}},
		"untyped form":        {"", "", `a=1`, m{"a": "1"}},
		"empty body":          {"", asJSON, "", m{}},
		"blank body":          {"", asJSON, " \n", m{}},
		"empty, unknown type": {"", "text/plain", "", m{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := read("POST", c.query, c.contentType, c.body, web.ParamOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, map[string]any(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMalformedRequestsAreRejected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query, contentType, body, code string
		status                         int
	}{
		"not json":           {"", asJSON, `{"a":}`, web.Malformed, 400},
		"trailing comma":     {"", asJSON, `{"a":1,}`, web.Malformed, 400},
		"trailing garbage":   {"", asJSON, `{} {}`, web.Malformed, 400},
		"a list":             {"", asJSON, `[1]`, web.Malformed, 400},
		"a text":             {"", asJSON, `"x"`, web.Malformed, 400},
		"member twice":       {"", asJSON, `{"a":1,"a":2}`, web.Malformed, 400},
		"inner member twice": {"", asJSON, `{"o":[{"a":1,"\u0061":2}]}`, web.Malformed, 400},
		"too deep":           {"", asJSON, strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33), web.Malformed, 400},
		"bad utf-8":          {"", asJSON, "{\"a\":\"\xff\"}", web.Malformed, 400},
		"nul":                {"", asJSON, `{"a":"\u0000"}`, web.Malformed, 400},
		"nul in a name":      {"", asJSON, `{"\u0000":1}`, web.Malformed, 400},
		"bad escape":         {"a=%zz", "", "", web.Malformed, 400},
		"nul in query":       {"a=%00", "", "", web.Malformed, 400},
		"half of a pair":     {"", asJSON, `{"a":"\ud800"}`, web.Malformed, 400},
		"low half of a pair": {"", asJSON, `{"o":[{"a":"x\uDE00"}]}`, web.Malformed, 400},
		"pair in reverse":    {"", asJSON, `{"a":"\ude00\ud83d"}`, web.Malformed, 400},
		"half in a name":     {"", asJSON, `{"\ud800":1}`, web.Malformed, 400},
		"field used twice":   {"a=1&a[b]=2", "", "", web.Malformed, 400},
		"list and text":      {"", asForm, "a[]=1&a=2", web.Malformed, 400},
		"list of objects":    {"", asForm, "a[][b]=1", web.Malformed, 400},
		"open bracket":       {"", asForm, "a[b=1", web.Malformed, 400},
		"no name":            {"", asForm, "[]=1", web.Malformed, 400},
		"deep field":         {"", asForm, "a" + strings.Repeat("[b]", 40) + "=1", web.Malformed, 400},
		"many fields":        {strings.Repeat("a=1&", 1001), "", "", web.Malformed, 400},
		"no boundary":        {"", "multipart/form-data", "x", web.Malformed, 400},
		"cut multipart":      {"", "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1", web.Malformed, 400},
		"other type":         {"", "text/plain", "a", web.UnsupportedMediaType, 415},
		"strange type":       {"", "/;", "a", web.UnsupportedMediaType, 415},
		"other charset":      {"", asJSON + "; charset=latin1", "{}", web.UnsupportedMediaType, 415},
		"too large":          {"", asJSON, `{"a":"` + strings.Repeat("x", 1100) + `"}`, web.TooLarge, 413},
		"large file":         {"", "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n" + strings.Repeat("x", 1100) + "\r\n--B--\r\n", web.TooLarge, 413},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := read("POST", c.query, c.contentType, c.body, web.ParamOptions{MaxBody: 1024})
			e, ok := errors.AsType[*web.Error](err)
			if !ok || e.Code != c.code || e.Status != c.status {
				t.Errorf("got %v, %v, want %s", got, err, c.code)
			}
		})
	}
}

func TestBodiesAreIgnoredWithIgnoreBody(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "HEAD", "DELETE"} {
		got, err := read(method, "a=1", asJSON, "rubbish", web.ParamOptions{IgnoreBody: true})
		if err != nil || len(got) != 1 {
			t.Errorf("%s: got %v, %v", method, got, err)
		}
	}
	if _, err := read("PUT", "a=1", asJSON, "rubbish", web.ParamOptions{IgnoreBody: true}); err == nil {
		t.Error("the body of PUT was ignored")
	}
}

func TestGettersConvertValuesAsTheProductsDo(t *testing.T) {
	t.Parallel()
	p := web.Params{
		"text": "x", "blank": " ", "seven": json.Number("7"), "seven text": " 7 ", "half": json.Number("7.5"), "point": json.Number("7.0"), "exponent": json.Number("1E2"), "huge": json.Number("1e400"), "point text": "7.0", "exponent text": "1e2", "yes": true, "no": false,
		"True": "True", "one": "1", "off": "off", "null": nil, "list": []any{"a", json.Number("2"), " "},
		"empty": []any{}, "object": map[string]any{"a": "b"}, "no object": map[string]any{},
	}
	show := func(v any, ok bool, err error) string { return fmt.Sprintf("%v %v %v", v, ok, err != nil) }
	text := func(n string) string { return show(p.Text(n)) }
	number := func(n string) string { v, ok, err := p.Int(n); return show(v, ok, err) }
	truth := func(n string) string { v, ok, err := p.Bool(n); return show(v, ok, err) }
	present := func(n string) string { return fmt.Sprint(p.Present(n)) }
	for _, c := range []struct {
		get        func(string) string
		name, want string
	}{
		{text, "text", "x true false"}, {text, "seven", "7 true false"}, {text, "no", "false true false"},
		{text, "null", " false false"}, {text, "missing", " false false"}, {text, "list", " false true"}, {text, "object", " false true"},
		{number, "seven", "7 true false"}, {number, "seven text", "7 true false"}, {number, "blank", "0 false false"},
		{number, "half", "0 false true"}, {number, "point", "7 true false"}, {number, "exponent", "100 true false"}, {number, "huge", "0 false true"},
		{number, "point text", "0 false true"}, {number, "exponent text", "0 false true"}, {text, "point", "7.0 true false"}, {number, "text", "0 false true"}, {number, "list", "0 false true"},
		{truth, "yes", "true true false"}, {truth, "no", "false true false"}, {truth, "True", "true true false"}, {truth, "one", "true true false"},
		{truth, "off", "false true false"}, {truth, "blank", "false false false"}, {truth, "seven", "false false true"}, {truth, "object", "false false true"},
		{present, "blank", "false"}, {present, "no", "true"}, {present, "null", "false"}, {present, "missing", "false"},
		{present, "empty", "false"}, {present, "no object", "false"}, {present, "text", "true"}, {present, "list", "true"}, {present, "object", "true"},
	} {
		if got := c.get(c.name); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestInvalidNumberSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for value, want := range map[any]string{
		json.Number("2.5"): "limit must be a whole number without a fraction", json.Number("1e400"): "limit is out of range",
		json.Number("-1e30"): "limit is out of range", "-99999999999999999999": "limit is out of range",
		"99999999999999999999": "limit is out of range", "many": "limit must be a whole number", "2.0": "limit must be a whole number",
	} {
		if _, _, err := (web.Params{"limit": value}).Int("limit"); err == nil || err.Error() != want {
			t.Errorf("%v: got %v, want %s", value, err, want)
		}
	}
}

func TestAnInvalidParameterIsNamed(t *testing.T) {
	t.Parallel()
	_, _, err := web.Params{"email": []any{"a", "b"}}.Text("email")
	e, ok := errors.AsType[*web.Error](err)
	if !ok || e.Field != "email" || e.Code != web.Invalid || e.Status != 400 {
		t.Errorf("got %#v", err)
	}
}

func TestReadObjectAndReadFormGiveTheSameShape(t *testing.T) {
	t.Parallel()
	want := map[string]any{"a": map[string]any{"b": "c"}, "l": []any{"x"}}
	r := httptest.NewRequest("POST", "/", strings.NewReader(`{"a":{"b":"c"},"l":["x"]}`))
	object, err := web.ReadObject(r, 0)
	if diff := cmp.Diff(want, object); diff != "" || err != nil {
		t.Error(diff, err)
	}
	r = httptest.NewRequest("POST", "/", strings.NewReader("a[b]=c&l[]=x"))
	r.Header.Set("Content-Type", asForm)
	form, err := web.ReadForm(r, 0)
	if diff := cmp.Diff(want, form); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// A body of one megabyte once took a hundred in memory, before authentication.
func TestBodyWithTooManyValuesIsRejected(t *testing.T) {
	t.Parallel()
	many := `{"a":[` + strings.Repeat(`{"":0},`, 140_000) + `0]}`
	r := httptest.NewRequest("POST", "/", strings.NewReader(many))
	_, err := web.ReadObject(r, 1<<20)
	if e, ok := errors.AsType[*web.Error](err); !ok || e.Code != web.Malformed {
		t.Errorf("read: %v", err)
	}
}

func TestRackReadsParametersInTheBodyOfEveryMethod(t *testing.T) {
	t.Parallel()
	multi := "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nbody\r\n--B--\r\n"
	for _, method := range []string{"GET", "HEAD", "DELETE", "PUT", "POST", "PATCH"} {
		for name, c := range map[string]struct{ query, contentType, body, want string }{
			"a form":              {"", asForm, "a=body", "body"},
			"a multipart form":    {"", "multipart/form-data; boundary=B", multi, "body"},
			"JSON":                {"", asJSON, `{"a":"body"}`, "body"},
			"untyped JSON":        {"", "", `{"a":"body"}`, "body"},
			"an untyped form":     {"", "", "a=body", "body"},
			"the body wins":       {"a=query", asForm, "a=body", "body"},
			"null in the body":    {"a=query", asJSON, `{"a":null}`, "query"},
			"other names stay":    {"a=query", asForm, "b=1", "query"},
			"behind a semicolon":  {"x=1;a=query", "", "", "query"},
			"empty JSON":          {"a=query", asJSON, "{}", "query"},
			"no semicolon inside": {"", asForm, "a=1;b=2", "1;b=2"},
		} {
			got, err := read(method, c.query, c.contentType, c.body, web.ParamOptions{Rack: true})
			if text, _, _ := got.Text("a"); err != nil || text != c.want {
				t.Errorf("%s, %s: got %v, %v, want %q", method, name, got, err, c.want)
			}
		}
	}
}

func TestRackIgnoresBodiesWithoutParameters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		contentType, body string
		passed            string // the methods that take the request as one without a body
	}{
		{"text/plain", "a=body", "GET HEAD"}, {"/;", "a=body", "GET HEAD"},
		{asJSON, "null", "GET HEAD DELETE"}, {asJSON, "[1]", "GET HEAD DELETE"}, {asJSON, "a=body", ""},
		{asJSON, `{"a":}`, ""}, {asForm, "a=%zz", ""}, {asForm + "; charset=latin1", "a=1", ""},
		{asForm, "a=" + strings.Repeat("x", 100), ""},
	} {
		for _, method := range []string{"GET", "HEAD", "DELETE", "POST"} {
			got, err := read(method, "a=query", c.contentType, c.body, web.ParamOptions{Rack: true, MaxBody: 64})
			want := slices.Contains(strings.Fields(c.passed), method)
			if (err == nil) != want || want && got["a"] != "query" {
				t.Errorf("%s %s %q: %v, %v", method, c.contentType, c.body, got, err)
			}
		}
	}
}

func TestRepeatedParameterOfOnceIsRejected(t *testing.T) {
	t.Parallel()
	part := "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
	once := web.ParamOptions{Rack: true, Once: []string{"a"}}
	for _, c := range []struct{ query, contentType, body string }{
		{"a=1&a=2", "", ""}, {"a=1;a=1", "", ""}, {"a=&%61=1", "", ""}, {"", asForm, "a=1&b=2&a=3"},
		{"", "multipart/form-data; boundary=B", part + part + "--B--\r\n"}, {"", asJSON, `{"a":1,"a":2}`},
	} {
		if got, err := read("DELETE", c.query, c.contentType, c.body, once); err == nil {
			t.Errorf("%v gives %v", c, got)
		}
	}
	for _, c := range []struct {
		query, contentType, body string
		ok                       bool
	}{
		{"a=1&b=1&b=2", asForm, "a=1&b=3", true}, {"a=1", asJSON, `{"a":1}`, true}, {"a=1", asJSON, `{"a":null}`, true}, {"b=1", asForm, "a=1", true},
		{"a=1", asForm, "a=2", false}, {"a=", asForm, "a=2", false}, {"a=1", asForm, "a=", false}, {"a=1", asForm, "a[]=1", false},
		{"a=1", asJSON, `{"a":{"b":1}}`, false}, {"a=1", asJSON, `{"a":true}`, false},
	} {
		got, err := read("DELETE", c.query, c.contentType, c.body, once)
		if (err == nil) != c.ok || c.ok && fmt.Sprint(got["a"]) != "1" {
			t.Errorf("%v gives %v, %v", c, got, err)
		}
	}
}
