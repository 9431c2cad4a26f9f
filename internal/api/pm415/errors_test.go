package pm415

import (
	"bytes"
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

func TestEveryKindOfErrorIsMapped(t *testing.T) {
	t.Parallel()
	a := &api{log: slog.New(slog.DiscardHandler)}
	for _, kind := range fault.Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			a.writeError(w, httptest.NewRequest("GET", "/api/user", nil), &fault.Error{Kind: kind, RetryAfter: 90 * time.Second})
			var got errorBody
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if got.StatusCode != w.Code || got.Error != http.StatusText(w.Code) || got.Success || w.Code < 400 {
				t.Errorf("answer %d %+v", w.Code, got)
			}
			if (w.Code == http.StatusInternalServerError) != (kind == fault.Internal) {
				t.Errorf("%v is answered with %d", kind, w.Code)
			}
			if got.Message == "" && kind != fault.Limited {
				t.Error("the message is empty")
			}
		})
	}
}

func TestLimitedCallersGetRetryAfter(t *testing.T) {
	t.Parallel()
	a := &api{log: slog.New(slog.DiscardHandler)}
	w := httptest.NewRecorder()
	a.writeError(w, httptest.NewRequest("GET", "/", nil), &fault.Error{Kind: fault.Limited, Msg: "too many tries", RetryAfter: 1500 * time.Millisecond})
	expect(t, w, http.StatusTooManyRequests, `{"statusCode":429,"error":"Too Many Requests","message":"too many tries","success":false}`)
	if got := w.Header().Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After %q, want 2", got)
	}
}

func TestInternalErrorsAreLoggedAndNotShown(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := &api{log: slog.New(slog.NewTextHandler(&log, nil))}
	w := httptest.NewRecorder()
	a.writeError(w, httptest.NewRequest("GET", "/", nil), errors.New("disk on fire"))
	expect(t, w, http.StatusInternalServerError, `"message":"An internal server error occurred"`)
	if strings.Contains(w.Body.String(), "fire") || !strings.Contains(log.String(), "disk on fire") {
		t.Errorf("told %s, logged %s", w.Body, log.String())
	}
}
