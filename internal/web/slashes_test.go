package web_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/web"
)

// pathSeen returns the path that handlers behind Middleware get.
func pathSeen(path string) string {
	var seen string
	h := web.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.URL.EscapedPath() }), web.Options{})
	r := httptest.NewRequest("GET", "/", nil)
	r.URL.Path, r.URL.RawPath = path, ""
	if plain, err := url.PathUnescape(path); err == nil {
		r.URL.Path, r.URL.RawPath = plain, path
	}
	h.ServeHTTP(httptest.NewRecorder(), r)
	return seen
}

func TestRepeatedSlashesAreCollapsedBeforeRouting(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/a": "/a", "//a": "/a", "/a//b///c": "/a/b/c", "/a//": "/a/", "//": "/", "///gitlab//api///v3/user": "/gitlab/api/v3/user",
		"/a%2F%2Fb": "/a%2F%2Fb", "/a/%2Fb//c": "/a/%2Fb/c", "/a//%2f//": "/a/%2f/", "/a//./b": "/a/./b", "/a//../b": "/a/../b",
		"/%C3%A4//b": "/%C3%A4/b",
	} {
		if got := pathSeen(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// FuzzPath checks that a routed path has no repeated slashes, and is unchanged otherwise.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"//a", "/a//b%2F%2F/", "/%zz//", "///", "/ä//ö", "/a//%"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if !strings.HasPrefix(path, "/") {
			return
		}
		got := pathSeen(path)
		if strings.Contains(got, "//") || pathSeen(got) != got {
			t.Errorf("%q is routed as %q", path, got)
		}
	})
}

func TestEvery503HasRetryAfter(t *testing.T) {
	t.Parallel()
	for _, own := range []string{"", "17"} {
		h := web.Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if own != "" {
				w.Header().Set("Retry-After", own)
			}
			w.WriteHeader(http.StatusServiceUnavailable)
		}), web.Options{})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if got := w.Header().Get("Retry-After"); got == "" || own != "" && got != own {
			t.Errorf("Retry-After %q, where the handler said %q", got, own)
		}
	}
}

func TestDisconnectedClientIsNotAServerError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		gone    bool
		timeout time.Duration
		status  int
		want    string
	}{
		{"gone before an error", true, 0, 500, "INFO request status=499"},
		{"gone before a 503", true, 0, 503, "INFO request status=499"},
		{"gone before any answer", true, 0, 0, "INFO request status=499"},
		{"gone after a refusal", true, 0, 404, "INFO request status=404"},
		{"gone after an answer", true, 0, 200, "INFO request status=200"},
		{"our deadline", false, time.Nanosecond, 503, "ERROR request status=503"},
		{"gone and past our deadline", true, time.Nanosecond, 503, "INFO request status=499"},
		{"our fault", false, 0, 500, "ERROR request status=500"},
	} {
		var log strings.Builder
		h := web.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if web.ClientClosed(r) != c.gone {
				t.Errorf("%s: Gone is %v", c.name, web.ClientClosed(r))
			}
			if c.status != 0 {
				w.WriteHeader(c.status)
			}
		}), web.Options{Log: slog.New(lineLog{&log}), Timeout: c.timeout})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if c.gone {
			cancel()
		}
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
		if got := strings.TrimSpace(log.String()); got != c.want {
			t.Errorf("%s: the log says %q, want %q", c.name, got, c.want)
		}
	}
}

// lineLog writes level, message and status of each record.
type lineLog struct{ to *strings.Builder }

func (l lineLog) Enabled(context.Context, slog.Level) bool { return true }
func (l lineLog) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l lineLog) WithGroup(string) slog.Handler            { return l }

func (l lineLog) Handle(_ context.Context, r slog.Record) error {
	_, err := fmt.Fprintf(l.to, "%s %s", r.Level, r.Message)
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "status" {
			_, failed := fmt.Fprintf(l.to, " %s", a)
			err = errors.Join(err, failed)
		}
		return true
	})
	_, failed := fmt.Fprintln(l.to)
	return errors.Join(err, failed)
}
