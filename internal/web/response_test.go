package web_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/web"
)

func TestJSONIsCompactAndUnescaped(t *testing.T) {
	t.Parallel()
	rec := httptest.NewRecorder()
	if err := web.WriteJSON(rec, 201, map[string]string{"a": "<b> & c"}); err != nil {
		t.Fatal(err)
	}
	if got := rec.Body.String(); got != `{"a":"<b> & c"}` || rec.Code != 201 {
		t.Errorf("got %d %q", rec.Code, got)
	}
	want := http.Header{"Content-Type": {"application/json"}, "Content-Length": {"15"}}
	if diff := cmp.Diff(want, rec.Header()); diff != "" {
		t.Error(diff)
	}
	rec = httptest.NewRecorder()
	rec.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := web.WriteJSON(rec, 200, func() {}); err == nil || len(rec.Body.Bytes()) > 0 {
		t.Error("a function was encoded")
	}
	if err := web.WriteJSON(rec, 200, nil); err != nil || rec.Header().Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("the content type was replaced: %v %v", err, rec.Header())
	}
}

func TestIndentedJSONIsJustAsUnescaped(t *testing.T) {
	t.Parallel()
	got, err := web.EncodeJSON(map[string]any{"a": []string{"<b>"}, "c": map[string]any{}}, "  ")
	if want := "{\n  \"a\": [\n    \"<b>\"\n  ],\n  \"c\": {}\n}"; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if got, err := web.EncodeJSON(func() {}, ""); err == nil {
		t.Errorf("a function was encoded: %s", got)
	}
}

func TestHeadersSetTogetherAreIndependent(t *testing.T) {
	t.Parallel()
	rec := httptest.NewRecorder()
	web.SetHeaders(rec, "Allow", "GET", "Vary", "Accept")
	rec.Header().Add("Allow", "PUT")
	want := http.Header{"Allow": {"GET", "PUT"}, "Vary": {"Accept"}}
	if diff := cmp.Diff(want, rec.Header()); diff != "" {
		t.Error(diff)
	}
}

func TestRetryAfterIsRoundedUpToWholeSeconds(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]string{
		-time.Second: "", 0: "", 1: "1", time.Second: "1", time.Second + 1: "2", 90 * time.Second: "90", math.MaxInt64: "9223372037",
	} {
		w := httptest.NewRecorder()
		if web.SetRetryAfter(w, wait); w.Header().Get("Retry-After") != want {
			t.Errorf("%v: Retry-After %q, want %q", wait, w.Header().Get("Retry-After"), want)
		}
	}
}

func TestTimesAreFormattedAsInJavaScript(t *testing.T) {
	t.Parallel()
	for want, at := range map[string]time.Time{
		"2026-01-02T02:04:05.678Z": time.Date(2026, 1, 2, 3, 4, 5, 678_999_000, time.FixedZone("CET", 60*60)),
		"2026-01-02T03:04:05.000Z": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	} {
		if got := web.JavaScriptTime(at); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestCapitalize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "a": "A", "över all": "Över all", "Big": "Big", "7 days": "7 days", "\xffa": "\xffa",
	} {
		if got := web.Capitalize(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestBearerTokensAreParsedInTwoStyles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ header, strict, lenient string }{
		{"Bearer abc", "abc", "abc"},
		{"bearer abc", "", "abc"},
		{"BEARER  abc ", "", "abc"},
		{"Bearer  abc", "", "abc"},
		{"Bearer a b", "", ""},
		{"Bearer ", "", ""},
		{"Bearer", "", ""},
		{"abc", "", ""},
		{"Basic abc", "", ""},
		{"Bearer " + strings.Repeat("a", 9000), "", ""},
	} {
		r := &http.Request{Header: http.Header{"Authorization": {c.header}}}
		strict, ok := web.Bearer(r, web.BearerStrict)
		if ok != (c.strict != "") || ok && strict != c.strict {
			t.Errorf("strict %.20q: got %q, %v", c.header, strict, ok)
		}
		lenient, ok := web.Bearer(r, web.BearerLenient)
		if ok != (c.lenient != "") || ok && lenient != c.lenient {
			t.Errorf("lenient %.20q: got %q, %v", c.header, lenient, ok)
		}
	}
	r := &http.Request{Header: http.Header{"Authorization": {"Bearer a", "Bearer b"}}}
	if token, ok := web.Bearer(r, web.BearerLenient); ok {
		t.Errorf("one of two headers was taken: %s", token)
	}
}

func basic(header string) (user, password string, ok bool) {
	return web.BasicAuth(&http.Request{Header: http.Header{"Authorization": {header}}})
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestBasicCredentialsAreParsedOrRejected(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"Basic " + encode("acme/ada:k:ey"): "acme/ada k:ey true",
		"basic " + encode("ü:"):            "ü  true",
		"Basic " + encode("ada"):           "  false",
		"Basic " + encode("a\x00:b"):       "  false",
		"Basic " + encode("a:\xff"):        "  false",
		"Basic ???":                        "  false",
		"Bearer abc":                       "  false",
	} {
		user, password, ok := basic(header)
		if got := fmt.Sprint(user, " ", password, " ", ok); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
}

func FuzzBasic(f *testing.F) {
	f.Add("Basic " + encode("acme/ada:key"))
	f.Add("Basic " + encode("\xff:"))
	f.Add("basic  YTpi")
	f.Fuzz(func(t *testing.T, header string) {
		user, password, ok := basic(header)
		if !ok {
			return
		}
		again, secret, ok := basic("Basic " + encode(user+":"+password))
		if !ok || again != user || secret != password {
			t.Errorf("%q: %q %q read again is %q %q %v", header, user, password, again, secret, ok)
		}
	})
}

func TestInvalidPagingMeansTheDefaultPage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		number, size any
		want         web.Page
	}{
		{nil, nil, web.Page{Number: 1, Size: 20}},
		{"3", "5", web.Page{Number: 3, Size: 5}},
		{"0", "0", web.Page{Number: 1, Size: 20}},
		{"-1", "-5", web.Page{Number: 1, Size: 20}},
		{"x", "1.5", web.Page{Number: 1, Size: 20}},
		{"", "101", web.Page{Number: 1, Size: 100}},
		{strings.Repeat("9", 40), strings.Repeat("9", 40), web.Page{Number: 1<<31 - 1, Size: 100}},
		{[]any{"2"}, true, web.Page{Number: 1, Size: 20}},
		{json.Number("3.0"), json.Number("5e1"), web.Page{Number: 3, Size: 50}},
		{json.Number("2.5"), json.Number("-1e30"), web.Page{Number: 1, Size: 20}},
		{json.Number("0"), json.Number("1e30"), web.Page{Number: 1, Size: 100}},
	} {
		if got := web.ParsePage(web.Params{"page": c.number, "per_page": c.size}); got != c.want {
			t.Errorf("%v, %v: got %v, want %v", c.number, c.size, got, c.want)
		}
	}
}

func pageHeaders(filters url.Values, page web.Page, total int64) http.Header {
	rec := httptest.NewRecorder()
	web.SetPagingHeaders(rec, "https://lab.example/api/v4/users", filters, page, total)
	return rec.Header()
}

func TestPagingHeadersDescribeTheList(t *testing.T) {
	t.Parallel()
	u := "<https://lab.example/api/v4/users?"
	for name, c := range map[string]struct {
		number                       int
		total                        int64
		link, prev, next, totalPages string
	}{
		"middle":   {2, 5, u + `page=1&per_page=2&search=a+b>; rel="prev", ` + u + `page=3&per_page=2&search=a+b>; rel="next", ` + u + `page=1&per_page=2&search=a+b>; rel="first", ` + u + `page=3&per_page=2&search=a+b>; rel="last"`, "1", "3", "3"},
		"last":     {3, 5, u + `page=2&per_page=2&search=a+b>; rel="prev", ` + u + `page=1&per_page=2&search=a+b>; rel="first", ` + u + `page=3&per_page=2&search=a+b>; rel="last"`, "2", "", "3"},
		"empty":    {1, 0, u + `page=1&per_page=2&search=a+b>; rel="first", ` + u + `page=1&per_page=2&search=a+b>; rel="last"`, "", "", "1"},
		"past end": {9, 4, u + `page=1&per_page=2&search=a+b>; rel="first", ` + u + `page=2&per_page=2&search=a+b>; rel="last"`, "", "", "2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			filters := url.Values{"search": {"a b"}}
			want := http.Header{
				"Link": {c.link}, "X-Page": {fmt.Sprint(c.number)}, "X-Per-Page": {"2"}, "X-Prev-Page": {c.prev}, "X-Next-Page": {c.next},
				"X-Total": {fmt.Sprint(c.total)}, "X-Total-Pages": {c.totalPages},
			}
			if diff := cmp.Diff(want, pageHeaders(filters, web.Page{Number: c.number, Size: 2}, c.total)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzPage(f *testing.F) {
	f.Add("1", "20", int64(5))
	f.Add("99999999999999999999", "0", int64(0))
	f.Fuzz(func(t *testing.T, number, size string, total int64) {
		page := web.ParsePage(web.Params{"page": number, "per_page": size})
		if page.Number < 1 || page.Size < 1 || page.Size > web.MaxPageSize || page.Offset() < 0 {
			t.Errorf("%q, %q give %v", number, size, page)
		}
		h := pageHeaders(nil, page, max(0, total/2))
		if strings.Count(h.Get("Link"), "rel=") < 2 || strings.HasPrefix(h.Get("X-Total-Pages"), "-") {
			t.Errorf("%v of %d gives %v", page, total, h)
		}
	})
}

func TestPagesHaveSecurityHeaders(t *testing.T) {
	t.Parallel()
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { web.SetPagePolicy(w) })
	deny := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "in our words", http.StatusForbidden) })
	h, err := web.CrossOriginProtection(page, deny, "https://ours.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, origin string
		want           int
	}{
		{"POST", "https://evil.example", 403}, {"POST", "https://ours.example", 200},
		{"POST", "", 200}, {"GET", "https://evil.example", 200},
	} {
		r := httptest.NewRequest(c.method, "/", nil)
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if rec.Code != c.want || strings.Contains(rec.Body.String(), "in our words") != (c.want == 403) {
			t.Errorf("%s from %q: got %d %q, want %d", c.method, c.origin, rec.Code, rec.Body, c.want)
		}
		if csp := rec.Header().Get("Content-Security-Policy"); c.want == 200 && (!strings.HasPrefix(csp, "default-src 'none'; script-src 'self'; ") || strings.Contains(csp, "unsafe")) {
			t.Errorf("the policy is %q", csp)
		}
	}
	if _, err := web.CrossOriginProtection(h, deny, "no origin"); err == nil {
		t.Error("a wrong origin was trusted")
	}
}
