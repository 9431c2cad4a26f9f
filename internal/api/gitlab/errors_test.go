package gitlab

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
)

func TestEveryKindOfErrorHasAnAnswer(t *testing.T) {
	t.Parallel()
	want := map[directory.Kind]string{
		directory.Internal: "500 Internal Server Error", directory.Invalid: "404 Not Found",
		directory.Unauthenticated: "401 Unauthorized", directory.Forbidden: "403 Forbidden",
		directory.NotFound: "404 Not found", directory.Conflict: "404 Not Found", directory.Expired: "404 Not Found",
		directory.Limited: "429 Too Many Requests", directory.Unavailable: "503 Service Unavailable",
	}
	for _, kind := range directory.Kinds() {
		w := httptest.NewRecorder()
		fail(w, httptest.NewRequest("GET", "/", nil), &directory.Error{Kind: kind, Msg: "a detail", Err: errors.New("a secret")})
		var body map[string]string
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if len(body) != 1 || body["message"] != want[kind] || !strings.HasPrefix(want[kind], strconv.Itoa(w.Code)) {
			t.Errorf("%s: got %d %s, want the message %q alone", kind, w.Code, w.Body, want[kind])
		}
	}
}

func TestErrorsOfNobodyAreOurFault(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	fail(w, httptest.NewRequest("GET", "/", nil), errors.New("a secret"))
	if got := w.Body.String(); w.Code != 500 || got != `{"message":"500 Internal Server Error"}` {
		t.Errorf("got %d %s", w.Code, got)
	}
}

func TestWaitIsToldInWholeSeconds(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]string{
		0: "", time.Millisecond: "1", time.Second: "1", 90*time.Second + 1: "91",
	} {
		w := httptest.NewRecorder()
		fail(w, httptest.NewRequest("GET", "/", nil), &directory.Error{Kind: directory.Limited, RetryAfter: wait})
		if got := w.Header().Get("Retry-After"); got != want {
			t.Errorf("%s: Retry-After is %q, want %q", wait, got, want)
		}
	}
}
