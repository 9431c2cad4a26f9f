package gitlab

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/fault"
)

func TestEveryKindOfErrorIsMapped(t *testing.T) {
	t.Parallel()
	want := map[fault.Kind]string{
		fault.Internal: "500 Internal Server Error", fault.Invalid: "404 Not Found",
		fault.Unauthenticated: "401 Unauthorized", fault.Forbidden: "403 Forbidden",
		fault.NotFound: "404 Not found", fault.Conflict: "404 Not Found", fault.Expired: "404 Not Found",
		fault.Limited: "429 Too Many Requests", fault.Unavailable: "503 Service Unavailable",
	}
	for _, kind := range fault.Kinds() {
		w := httptest.NewRecorder()
		writeError(w, httptest.NewRequest("GET", "/", nil), &fault.Error{Kind: kind, Msg: "a detail", Err: errors.New("a secret")})
		var body map[string]string
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if len(body) != 1 || body["message"] != want[kind] || !strings.HasPrefix(want[kind], strconv.Itoa(w.Code)) {
			t.Errorf("%s: got %d %s, want the message %q alone", kind, w.Code, w.Body, want[kind])
		}
	}
}

func TestUnknownErrorsAreInternal(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	writeError(w, httptest.NewRequest("GET", "/", nil), errors.New("a secret"))
	if got := w.Body.String(); w.Code != 500 || got != `{"message":"500 Internal Server Error"}` {
		t.Errorf("got %d %s", w.Code, got)
	}
}

func TestRetryAfterIsInWholeSeconds(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]string{
		0: "", time.Millisecond: "1", time.Second: "1", 90*time.Second + 1: "91",
	} {
		w := httptest.NewRecorder()
		writeError(w, httptest.NewRequest("GET", "/", nil), &fault.Error{Kind: fault.Limited, RetryAfter: wait})
		if got := w.Header().Get("Retry-After"); got != want {
			t.Errorf("%s: Retry-After is %q, want %q", wait, got, want)
		}
	}
}
