package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/web"
)

func TestRequestLogHasTheRouteAndNoSecret(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := web.Middleware(web.StripPrefix("/lab", web.NewRouter(testConfig(), endpoints())), web.Options{
		Log:   slog.New(slog.NewJSONHandler(&log, nil)),
		NewID: func() string { return "id-1" },
	})
	r := httptest.NewRequest("GET", "/lab/users/ada?private_token=s3cret", nil)
	r.RemoteAddr = "192.0.2.7:99"
	h.ServeHTTP(httptest.NewRecorder(), r)

	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	delete(line, "time")
	delete(line, "duration")
	want := map[string]any{
		"level": "INFO", "msg": "request", "method": "GET", "route": "/lab/users/{id}", "status": 200.0,
		"bytes": 26.0, "id": "id-1", "address": "192.0.2.7", "api": "test",
	}
	if diff := cmp.Diff(want, line); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownPathsAndInternalErrorsAreLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := web.Middleware(web.NewRouter(testConfig(), endpoints()), web.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	ask(h, "GET", "/nothing?secret=1")
	ask(h, "PUT", "/users/ada")
	ask(h, "PUT", "/broken")
	for _, want := range []string{"route=/nothing status=404", "route=/users/{id} status=405", `level=ERROR`, `error="broken pipe"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	if strings.Contains(log.String(), "secret") || strings.Contains(log.String(), "ada") {
		t.Errorf("the log tells too much: %s", log.String())
	}
}

func TestUnknownPathsAreLoggedWithoutSecrets(t *testing.T) {
	t.Parallel()
	const key, opaque = "sx9k2vq7w4z8p1m3n5b6", "Qm7-vZ2_kT9xLr4sWb8nYc3dFg6hJp1aEi5oUu0tRw2"
	for path, want := range map[string]string{
		"/":                                 "/",
		"/nothing":                          "/nothing",
		"/nothing/":                         "/nothing/",
		"/api/v1/nothing":                   "/api/v1/…",
		"/api/v1/":                          "/api/v1/",
		"/wp-login.php":                     "/wp-login.php",
		"/.env":                             "/.env",
		"/account/reset-password/" + opaque: "/account/reset-password/…",
		"/account/reset-password/" + opaque + "/" + key: "/account/reset-password/…",
		"/unknown/" + key:                    "/unknown/…",
		"/" + opaque:                         "/…",
		"/" + key + "/users":                 "/…/users",
		"/unknown/a5zqHaH4RQy5YtYeQ":         "/unknown/…",
		"/unknown/ada@example.org":           "/unknown/…",
		"/unknown/d41d8cd98f00b204":          "/unknown/…",
		"/" + strings.Repeat("a", 33):        "/…",
		"/unknown//" + key:                   "/unknown//…",
		"//" + key + "/" + opaque:            "//…/…",
		"/%0a" + key:                         "/…",
		"/lab/unknown/" + key:                "/lab/unknown/…",
		"/lab/unknown/word/" + key:           "/lab/unknown/word/…",
		"/lab/" + opaque:                     "/lab/…",
		"/na%C3%AFve":                        "/…",
		"/account%2Freset-password%2F" + key: "/account/reset-password/…",
	} {
		var log bytes.Buffer
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/lab/") {
				web.StripPrefix("/lab", web.NewRouter(testConfig(), endpoints())).ServeHTTP(w, r)
				return
			}
			web.NewRouter(testConfig(), endpoints()).ServeHTTP(w, r)
		})
		h := web.Middleware(handler, web.Options{Log: slog.New(slog.NewJSONHandler(&log, nil))})
		ask(h, "GET", path)
		var line struct{ Route string }
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if line.Route != want {
			t.Errorf("%s is logged as %s, want %s", path, line.Route, want)
		}
		if strings.Contains(log.String(), key) || strings.Contains(log.String(), opaque) {
			t.Errorf("%s: the log contains a secret: %s", path, log.String())
		}
	}
}

func TestRequestIDsComeFromTrustedProxiesOnly(t *testing.T) {
	t.Parallel()
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Seen", web.RequestID(r.Context()))
	})
	h := web.Middleware(echo, web.Options{
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, NewID: func() string { return "ours" },
	})
	for _, c := range []struct{ from, given, want string }{
		{"10.1.1.1:1", "their-id_1.2", "their-id_1.2"},
		{"10.1.1.1:1", "", "ours"},
		{"10.1.1.1:1", "new\nline", "ours"},
		{"10.1.1.1:1", strings.Repeat("a", 65), "ours"},
		{"192.0.2.1:1", "their-id", "ours"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.from
		r.Header.Set("X-Request-Id", c.given)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if got := rec.Header().Get("X-Request-Id"); got != c.want || rec.Header().Get("Seen") != c.want {
			t.Errorf("%s from %s: got %q, want %q", c.given, c.from, got, c.want)
		}
	}
}

func TestClientAddressIsTheLastUntrustedHop(t *testing.T) {
	t.Parallel()
	var seen netip.Addr
	h := web.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = web.ClientAddr(r) }),
		web.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}})
	for _, c := range []struct {
		from      string
		forwarded []string
		want      string
	}{
		{"192.0.2.1:5", nil, "192.0.2.1"},
		{"192.0.2.1:5", []string{"203.0.113.9"}, "192.0.2.1"},
		{"10.0.0.1:5", nil, "10.0.0.1"},
		{"10.0.0.1:5", []string{"203.0.113.9"}, "203.0.113.9"},
		{"10.0.0.1:5", []string{"1.1.1.1, 203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		{"10.0.0.1:5", []string{"1.1.1.1", "203.0.113.9"}, "203.0.113.9"},
		{"10.0.0.1:5", []string{"203.0.113.9, rubbish"}, "10.0.0.1"},
		{"10.0.0.1:5", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"10.0.0.1:5", []string{"[2001:db8::1]:443"}, "2001:db8::1"},
		{"[::1]:5", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"[::ffff:10.0.0.1]:5", []string{"203.0.113.9"}, "203.0.113.9"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.from
		r.Header["X-Forwarded-For"] = c.forwarded
		h.ServeHTTP(httptest.NewRecorder(), r)
		if seen.String() != c.want {
			t.Errorf("%s forwarding %q: got %s, want %s", c.from, c.forwarded, seen, c.want)
		}
	}
}

func TestIdentityIsPassedToTheEndpoint(t *testing.T) {
	t.Parallel()
	endpoint := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if caller, ok := web.Identity[caller](r); !ok || caller != "ada" {
			t.Errorf("got %q, %v", caller, ok)
		}
		if number, ok := web.Identity[int](r); ok {
			t.Errorf("a caller is the number %d", number)
		}
	})
	h := web.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := web.Identity[caller](r); ok {
			t.Error("somebody is recognized before anybody looked")
		}
		web.SetIdentity(r, caller("ada"))
		web.StripPrefix("/lab", endpoint).ServeHTTP(w, r)
	}), web.Options{})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/lab/x", nil))
}

func TestPanicBecomesAnInternalErrorWithoutDetails(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := web.Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "session=1")
		w.Header().Set("Content-Length", "9")
		w.Header().Set("Cache-Control", "public")
		panic("the details")
	}), web.Options{Log: slog.New(slog.NewTextHandler(&log, nil)), NewID: func() string { return "id-1" }})
	resp := ask(h, "GET", "/x")
	if got, want := text(t, resp), `{"error":"internal error","request_id":"id-1"}`; resp.StatusCode != 500 || got != want {
		t.Errorf("got %d %s", resp.StatusCode, got)
	}
	left := resp.Header
	if left.Get("Set-Cookie") != "" || left.Get("Content-Length") != "46" || left.Get("Cache-Control") != "no-store" {
		t.Errorf("headers of the lost answer remain: %v", resp.Header)
	}
	for _, want := range []string{`panic="the details"`, "middleware_test.go", "status=500"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
}

func TestPanicInTheMiddleOfAResponseClosesTheConnection(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(web.Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		if _, err := io.WriteString(w, "half"); err != nil {
			return
		}
		panic("too late")
	}), web.Options{}))
	defer srv.Close()
	resp, err := http.Get(srv.URL)
	if err != nil {
		return // closed before the header was sent is correct too
	}
	defer func() { _ = resp.Body.Close() }()
	if b, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("the client takes %q for a whole answer", b)
	}
}

func TestResponsesAreNotCachedByDefault(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("/lab/", web.StripPrefix("/lab", web.NewRouter(testConfig(), endpoints())))
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", "public") })
	mux.HandleFunc("GET /error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadGateway) })
	h := web.Middleware(mux, web.Options{})
	for target, want := range map[string]string{
		"/lab/users": "no-store", "/lab/users?stranger": "no-store", "/lab/nothing": "no-store", "/nothing": "no-store",
		"/error": "no-store", "/style.css": "public",
	} {
		if got := ask(h, "GET", target).Header["Cache-Control"]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: Cache-Control %q, want %q", target, got, want)
		}
	}
}

func TestBodyTimeAndHeadersAreLimited(t *testing.T) {
	t.Parallel()
	h := web.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := web.ReadBody(r, 1<<20); err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		until, ok := r.Context().Deadline()
		if !ok || time.Until(until) > time.Minute || r.Context().Err() == context.Canceled {
			http.Error(w, "no deadline", http.StatusInternalServerError)
		}
	}), web.Options{MaxBody: 8, Timeout: time.Minute})
	for body, want := range map[string]int{`{"a":1}`: 200, `{"a":1234}`: 413} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("POST", "/", strings.NewReader(body)))
		if rec.Code != want {
			t.Errorf("%s: got %d %s, want %d", body, rec.Code, rec.Body, want)
		}
		if rec.Header().Get("X-Content-Type-Options") != "nosniff" || rec.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("protecting headers are missing: %v", rec.Header())
		}
	}
}
