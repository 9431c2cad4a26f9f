package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/web"
)

// asking serves one route of an API and returns the status, the invalid field, and the query that
// the endpoint read.
func asking(t *testing.T, rule web.QueryRule, query string) (status int, field string, read web.Params, raw string) {
	t.Helper()
	d := testConfig()
	d.Query = rule
	d.WriteError = func(w http.ResponseWriter, _ *http.Request, err error) {
		e, ok := errors.AsType[*web.Error](err)
		if !ok {
			t.Fatalf("%q: refused with %v", query, err)
		}
		field = e.Field
		w.WriteHeader(e.Status)
	}
	router := web.NewRouter(d, []web.Endpoint[caller]{{Method: "GET", Path: "/", Needs: "read",
		Serve: func(_ http.ResponseWriter, r *http.Request, _ caller) (err error) {
			raw = r.URL.RawQuery
			read, err = web.ReadQuery(r)
			return err
		}}})
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.URL.RawQuery = query
	router.ServeHTTP(w, r)
	return w.Code, field, read, raw
}

func TestMalformedQueryIsRejectedByEveryRule(t *testing.T) {
	t.Parallel()
	for _, rule := range []web.QueryRule{web.LastWins, web.Rack, web.CollectAll, web.RejectRepeated} {
		for _, query := range []string{"a=%zz", "%zz=a", "a=1&b=%", "a=%f", "a=%ff", "a=%00", "%00=a", "%c3=1"} {
			if status, _, _, _ := asking(t, rule, query); status != http.StatusBadRequest {
				t.Errorf("rule %d, %q: %d", rule, query, status)
			}
		}
	}
}

func TestRepeatedParametersFollowTheRule(t *testing.T) {
	t.Parallel()
	type list = []any
	for _, c := range []struct {
		rule   web.QueryRule
		query  string
		status int
		want   web.Params
	}{
		{web.LastWins, "a=1&a=2", 200, web.Params{"a": "2"}},
		{web.CollectAll, "a=1&a=2", 200, web.Params{"a": list{"1", "2"}}},
		{web.CollectAll, "a=1&a=2&a=3&a[]=4", 200, web.Params{"a": list{"1", "2", "3", "4"}}},
		{web.RejectRepeated, "a=1&a=2", 400, nil},
		{web.RejectRepeated, "a=1&%61=2", 400, nil},
		{web.RejectRepeated, "a=1&a=1", 400, nil},
		{web.LastWins, "a[]=1&a[]=2", 200, web.Params{"a": list{"1", "2"}}},
		{web.RejectRepeated, "a[]=1", 200, web.Params{"a[]": "1"}},
		{web.LastWins, "a=1;b=2", 200, web.Params{"a": "1;b=2"}},
		{web.Rack, "a=1;b=2&a=3", 200, web.Params{"a": "3", "b": "2"}},
		{web.CollectAll, "a=1;b=2", 200, web.Params{"a": "1;b=2"}},
		{web.RejectRepeated, "a=1;b=2", 400, nil},
		{web.RejectRepeated, "a=1%3Bb", 200, web.Params{"a": "1;b"}},
		{web.RejectRepeated, "a", 200, web.Params{"a": ""}},
		{web.RejectRepeated, "=x", 200, web.Params{"": "x"}},
		{web.RejectRepeated, "&&a=1&", 200, web.Params{"a": "1"}},
	} {
		status, _, read, _ := asking(t, c.rule, c.query)
		if diff := cmp.Diff(c.want, read); status != c.status || diff != "" {
			t.Errorf("rule %d, %q: %d %s", c.rule, c.query, status, diff)
		}
	}
	if _, field, _, _ := asking(t, web.RejectRepeated, "b=1&limit=5&limit=6"); field != "limit" {
		t.Errorf("the field at fault is %q", field)
	}
}

// FuzzQuery parses any query under every rule. Under RejectRepeated, net/url must parse an accepted
// query in the same way, before and after it is rewritten: where two parsers disagree, a condition
// can be lost.
func FuzzQuery(f *testing.F) {
	for _, query := range []string{"a=1&b=2", "a=1;b=2", "a=%zz", "a=1&a=2", "a[b][]=1&c", "%61=1&a", "=", "+=+&%2B", "a=\xff"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, rule := range []web.QueryRule{web.LastWins, web.Rack, web.CollectAll} {
			if status, _, _, _ := asking(t, rule, query); status != 200 && status != 400 {
				t.Errorf("rule %d: %d", rule, status)
			}
		}
		status, _, read, raw := asking(t, web.RejectRepeated, query)
		if status != 200 {
			return
		}
		for _, text := range []string{query, raw} {
			values, err := url.ParseQuery(text)
			if err != nil || len(values) != len(read) {
				t.Fatalf("%q: %v, %d parameters of %d", text, err, len(values), len(read))
			}
			for name, given := range values {
				if len(given) != 1 || fmt.Sprint(read[name]) != given[0] {
					t.Errorf("%q: %q is %q, and was read as %v", text, name, given, read[name])
				}
			}
		}
	})
}

func TestHeaderTextIsASCIIAndCanBeDecoded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "Ada Lovelace": "Ada Lovelace", "Zoë": "Zo%C3%AB", "100 %": "100 %25", "a\r\nSet-Cookie: b": "a%0D%0ASet-Cookie: b",
		"علی": "%D8%B9%D9%84%DB%8C", "~!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}": "~!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}", "\x7f\xff": "%7F%FF",
	} {
		got := web.EncodeHeaderText(text)
		back, err := url.PathUnescape(got)
		if got != want || err != nil || back != text {
			t.Errorf("%q: %q, which is %q again (%v)", text, got, back, err)
		}
	}
}
