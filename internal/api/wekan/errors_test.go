package wekan

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/fault"
)

// failed returns the response to a request for path that fails with err.
func failed(a *api, path string, err error) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	a.writeError(w, httptest.NewRequest("POST", path, nil), err)
	return w
}

func TestEveryKindOfErrorIsMapped(t *testing.T) {
	t.Parallel()
	a := &api{config: Config{Log: slog.New(slog.DiscardHandler), RealStatuses: true}}
	for _, path := range []string{"/users/login", "/users/register", "/users/logout", "/api/users"} {
		for _, kind := range fault.Kinds() {
			w := failed(a, path, &fault.Error{Kind: kind, Msg: "inner words", Err: errors.New("inner cause")})
			ours := kind == fault.Internal || kind == fault.Unavailable
			if w.Code < 400 || (w.Code >= 500) != ours {
				t.Errorf("%s, %v: status %d", path, kind, w.Code)
			}
			if !json.Valid(w.Body.Bytes()) || strings.Contains(w.Body.String(), "inner") {
				t.Errorf("%s, %v: %s", path, kind, w.Body)
			}
			if !ours && kind != fault.NotFound && !strings.Contains(w.Body.String(), `"reason"`) {
				t.Errorf("%s, %v gives no reason: %s", path, kind, w.Body)
			}
		}
	}
}

func TestClassicHidesEveryStatusButInternalErrors(t *testing.T) {
	t.Parallel()
	a := &api{config: Config{Log: slog.New(slog.DiscardHandler)}, revealsAccounts: true}
	own := map[fault.Kind]int{
		fault.Internal: http.StatusInternalServerError, fault.Unavailable: http.StatusServiceUnavailable,
		fault.Limited: http.StatusTooManyRequests,
	}
	for _, kind := range fault.Kinds() {
		want := http.StatusOK
		if status, ok := own[kind]; ok {
			want = status
		}
		if w := failed(a, "/api/users", &fault.Error{Kind: kind}); w.Code != want {
			t.Errorf("%v: want %d, got %d", kind, want, w.Code)
		}
	}
}

func TestRetryAfterIsInWholeSecondsRoundedUp(t *testing.T) {
	t.Parallel()
	a := &api{config: Config{Log: slog.New(slog.DiscardHandler)}, revealsAccounts: true}
	for wait, want := range map[time.Duration]string{0: "1", time.Millisecond: "1", 1500 * time.Millisecond: "2", time.Minute: "60"} {
		for _, path := range []string{"/users/login", "/api/users"} {
			w := failed(a, path, &fault.Error{Kind: fault.Limited, RetryAfter: wait})
			if got := w.Header().Get("Retry-After"); got != want {
				t.Errorf("%s, %v: want %s, got %q", path, wait, want, got)
			}
		}
	}
}

func TestInternalErrorsRevealNothing(t *testing.T) {
	t.Parallel()
	a := &api{config: Config{Log: slog.New(slog.DiscardHandler)}, revealsAccounts: true}
	for path, want := range map[string]string{
		"/api/users":   "{}",
		"/users/login": "{\n  \"error\": \"internal-server-error\",\n  \"reason\": \"Internal server error\"\n}",
	} {
		w := failed(a, path, errors.New("disk is full"))
		if w.Code != http.StatusInternalServerError || w.Body.String() != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestLogHasTheErrorsThatStatus200Hides(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	a := &api{config: Config{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	failed(a, "/api/users", &fault.Error{Kind: fault.Forbidden, Msg: "only an administrator may do this"})
	for _, want := range []string{"status=403", "only an administrator may do this"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q: %s", want, log.String())
		}
	}
}

func TestConflictOfBothNamesReportsTheUsername(t *testing.T) {
	t.Parallel()
	a := &api{config: Config{Log: slog.New(slog.DiscardHandler)}, revealsAccounts: true}
	taken := &fault.Error{Kind: fault.Conflict, Fields: []fault.Field{
		{Name: "username", Code: fault.Taken}, {Name: "email", Code: fault.Taken},
	}}
	for _, path := range []string{"/users/register", "/api/users"} {
		if w := failed(a, path, taken); !strings.Contains(w.Body.String(), `"Username already exists."`) {
			t.Errorf("%s: %s", path, w.Body)
		}
	}
}
