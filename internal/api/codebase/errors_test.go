package codebase

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/fault"
)

func answerTo(t *testing.T, a *api, err error, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/users", nil)
	r.Header.Set("Accept", accept)
	r.SetBasicAuth("home/dan", "key")
	w := httptest.NewRecorder()
	a.writeError(w, r, err)
	return w
}

func TestEveryKindOfErrorIsMapped(t *testing.T) {
	t.Parallel()
	want := map[fault.Kind]int{
		fault.Internal: 500, fault.Invalid: 422, fault.Unauthenticated: 401, fault.Forbidden: 403,
		fault.NotFound: 404, fault.Conflict: 422, fault.Expired: 422, fault.Limited: 429, fault.Unavailable: 503,
	}
	a := newAPI(nil, Config{})
	for _, kind := range fault.Kinds() {
		w := answerTo(t, a, &fault.Error{Kind: kind}, "application/json")
		if w.Code != want[kind] {
			t.Errorf("%s: %d, want %d", kind, w.Code, want[kind])
		}
		if kind != fault.Unauthenticated && !strings.HasPrefix(w.Body.String(), `{"errors":["`) {
			t.Errorf("%s: %s", kind, w.Body)
		}
	}
}

func TestInternalErrorsRevealNothing(t *testing.T) {
	t.Parallel()
	a := newAPI(nil, Config{})
	for _, err := range []error{
		errors.New("disk of host db7 is full"),
		&fault.Error{Msg: "disk of host db7 is full", Err: errors.New("disk of host db7 is full")},
	} {
		w := answerTo(t, a, err, "")
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "db7") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

func TestLimitedCallersGetRetryAfter(t *testing.T) {
	t.Parallel()
	err := &fault.Error{Kind: fault.Limited, Msg: "too many tries; wait", RetryAfter: 1500 * time.Millisecond}
	w := answerTo(t, newAPI(nil, Config{}), err, "")
	if got := w.Header().Get("Retry-After"); w.Code != http.StatusTooManyRequests || got != "2" {
		t.Errorf("%d, Retry-After %q", w.Code, got)
	}
}

func TestReasonOfARejectedCredentialIsOnlyLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := newAPI(nil, Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	w := answerTo(t, a, &fault.Error{Kind: fault.Unauthenticated, Msg: "this account is not active"}, "application/json")
	if w.Body.String() != "HTTP Basic: Access denied.\n" {
		t.Errorf("the client hears %q", w.Body)
	}
	if !strings.Contains(log.String(), "this account is not active") {
		t.Errorf("the log says %q", &log)
	}
}

func TestFaultsAreFullSentences(t *testing.T) {
	t.Parallel()
	for want, problem := range map[string]fault.Field{
		"First name can't be blank":                           {Name: "given_name", Code: fault.Blank},
		"Last name is too long (maximum is 255 characters)":   {Name: "family_name", Code: fault.TooLong, Limit: 255},
		"Email address has already been taken":                {Name: "email", Code: fault.Taken},
		"Role is invalid":                                     {Name: "role", Code: fault.Unknown},
		"Key is too weak":                                     {Name: "key", Code: fault.Weak},
		"Key can't be added (the maximum is 100)":             {Name: "key", Code: fault.TooMany, Limit: 100},
		"Description is too long (maximum is 255 characters)": {Name: "title", Code: fault.TooLong, Limit: 255},
		"Username is reserved":                                {Name: "username", Code: fault.Reserved},
		"Password is too short (minimum is 8 characters)":     {Name: "password", Code: fault.TooShort, Limit: 8},
	} {
		got := errorLines(http.StatusUnprocessableEntity, &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{problem}})
		if len(got) != 1 || got[0] != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
