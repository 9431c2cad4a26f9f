package web_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/web"
)

// FuzzParams parses arbitrary bytes as query, form and JSON. Errors must be *Error with a client's
// status, what is parsed as JSON must be the same when it is encoded and parsed again, and no
// getter may panic.
func FuzzParams(f *testing.F) {
	f.Add("a=1&b[c]=2", asForm, "d[]=3&a=4")
	f.Add("", asJSON, `{"a":{"b":[1,null,"x"]},"c":false}`)
	f.Add("", asJSON, `{"a":1,"a":2}`)
	f.Add("", "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B--")
	f.Add("%", "", "\xff")
	f.Fuzz(func(t *testing.T, query, contentType, body string) {
		p, err := read("POST", query, contentType, body, web.ParamOptions{MaxBody: 4096})
		if err != nil {
			if e, ok := errors.AsType[*web.Error](err); !ok || e.Status < 400 || e.Status > 499 {
				t.Errorf("refused with %#v", err)
			}
			return
		}
		for name := range p {
			_, _, _ = p.Text(name)
			_, _, _ = p.Int(name)
			_, _, _ = p.Bool(name)
			_ = p.Present(name)
		}
		written, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := read("POST", "", asJSON, string(written), web.ParamOptions{MaxBody: 1 << 20})
		if diff := cmp.Diff(p, again); diff != "" || err != nil {
			t.Errorf("%s reads differently: %s %v", written, diff, err)
		}
	})
}

// FuzzText compares strings with those of encoding/json.
func FuzzText(f *testing.F) {
	f.Add("plain")
	f.Add("\"\\/\b\f\n\r\t\x00\x1f\x7f")
	f.Add("<&> é \u2028\u2029 \xff\xc3 \U0001F600")
	f.Fuzz(func(t *testing.T, s string) {
		want, err := web.EncodeJSON(map[string]any{"a": []any{s, -7, true, nil}, "b": s}, "")
		if err != nil {
			t.Fatal(err)
		}
		got := web.JSON{}.Open('{').Name("a").Open('[').Text(s).Int(-7).Bool(true).TextOrNull("").Close(']').
			Name("b").Text(s).Close('}')
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Error(diff)
		}
	})
}

// FuzzRoutes compares the router with net/http.ServeMux: each path that the router does not reject
// as unclean must lead to the same route with the same values.
func FuzzRoutes(f *testing.F) {
	for _, path := range []string{"/users/7/keys.txt", "/users/a%2Fb/keys", "/a/b", "/x/b", "/", "/us%65rs", "/users/%zz", "/users/"} {
		f.Add("GET", path)
		f.Add("POST", path)
	}
	f.Add("HEAD", "/users/ä ö")
	mux, rows := http.NewServeMux(), endpoints()
	for i, e := range rows {
		serve := show(e.Method + e.Path)
		rows[i].Serve = serve
		pattern := e.Method + " " + e.Path
		if e.Path == "/" {
			pattern += "{$}"
		}
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { _ = serve(w, r, "ada") })
	}
	router := web.NewRouter(testConfig(), rows)
	f.Fuzz(func(t *testing.T, method, path string) {
		r, err := http.NewRequest(method, "http://example.org"+path, nil)
		if err != nil || r.URL.Path == "" || r.URL.RawQuery != "" || method == http.MethodHead { // HEAD has no body to compare
			return
		}
		want, got := httptest.NewRecorder(), httptest.NewRecorder()
		mux.ServeHTTP(want, r.Clone(t.Context()))
		router.ServeHTTP(got, r)
		found, expected := got.Code == http.StatusOK, want.Code == http.StatusOK
		missed := expected && !found && router.HasRoute(r.URL.EscapedPath())
		if missed || found && (!expected || got.Body.String() != want.Body.String()) {
			t.Errorf("%s %q: %d %s, want %d %s", method, path, got.Code, got.Body, want.Code, want.Body)
		}
	})
}

// FuzzBearer reads any Authorization header. A token is one word of the header, and each header
// that the strict style accepts means the same in the lenient style.
func FuzzBearer(f *testing.F) {
	for _, header := range []string{"Bearer abc", "bearer abc", "Bearer  abc", " Bearer\tabc ", "Bearer abc def", "Bearer", "Basic YTpi", "Bearer a\u00a0b", "Bearer \xff"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Authorization"] = []string{header}
		lenient, ok := web.Bearer(r, web.BearerLenient)
		if words := strings.Fields(header); ok && (len(words) != 2 || words[1] != lenient || !strings.EqualFold(words[0], "bearer")) {
			t.Errorf("%q has the token %q", header, lenient)
		}
		strict, exact := web.Bearer(r, web.BearerStrict)
		if exact && header != "Bearer "+strict {
			t.Errorf("%q has the token %q, strictly", header, strict)
		}
		if exact && len(strings.Fields(strict)) == 1 && strings.TrimSpace(strict) == strict && (!ok || strict != lenient) {
			t.Errorf("%q has the token %q strictly and %q leniently", header, strict, lenient)
		}
		r.Header.Add("Authorization", header)
		if _, ok := web.Bearer(r, web.BearerLenient); ok {
			t.Errorf("%q, sent twice, has a token", header)
		}
	})
}
