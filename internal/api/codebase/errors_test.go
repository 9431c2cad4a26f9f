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

	"roster.example/roster/internal/directory"
)

func answerTo(t *testing.T, a *api, err error, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/users", nil)
	r.Header.Set("Accept", accept)
	r.SetBasicAuth("home/dan", "key")
	w := httptest.NewRecorder()
	a.fail(w, r, err)
	return w
}

func TestEveryKindOfErrorHasItsAnswer(t *testing.T) {
	t.Parallel()
	want := map[directory.Kind]int{
		directory.Internal: 500, directory.Invalid: 422, directory.Unauthenticated: 401, directory.Forbidden: 403,
		directory.NotFound: 404, directory.Conflict: 422, directory.Expired: 422, directory.Limited: 429, directory.Unavailable: 503,
	}
	a := newAPI(nil, Config{})
	for _, kind := range directory.Kinds() {
		w := answerTo(t, a, &directory.Error{Kind: kind}, "application/json")
		if w.Code != want[kind] {
			t.Errorf("%s: %d, want %d", kind, w.Code, want[kind])
		}
		if kind != directory.Unauthenticated && !strings.HasPrefix(w.Body.String(), `{"errors":["`) {
			t.Errorf("%s: %s", kind, w.Body)
		}
	}
}

func TestInternalErrorsTellNothing(t *testing.T) {
	t.Parallel()
	a := newAPI(nil, Config{})
	for _, err := range []error{
		errors.New("disk of host db7 is full"),
		&directory.Error{Msg: "disk of host db7 is full", Err: errors.New("disk of host db7 is full")},
	} {
		w := answerTo(t, a, err, "")
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "db7") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

func TestWhoMustWaitIsToldHowManySeconds(t *testing.T) {
	t.Parallel()
	err := &directory.Error{Kind: directory.Limited, Msg: "too many tries; wait", RetryAfter: 1500 * time.Millisecond}
	w := answerTo(t, newAPI(nil, Config{}), err, "")
	if got := w.Header().Get("Retry-After"); w.Code != http.StatusTooManyRequests || got != "2" {
		t.Errorf("%d, Retry-After %q", w.Code, got)
	}
}

func TestReasonOfARefusedCredentialIsForTheLogAlone(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := newAPI(nil, Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	w := answerTo(t, a, &directory.Error{Kind: directory.Unauthenticated, Msg: "this account is not active"}, "application/json")
	if w.Body.String() != "HTTP Basic: Access denied.\n" {
		t.Errorf("the client hears %q", w.Body)
	}
	if !strings.Contains(log.String(), "this account is not active") {
		t.Errorf("the log says %q", &log)
	}
}

func TestFaultsAreFullSentences(t *testing.T) {
	t.Parallel()
	for want, fault := range map[string]directory.Fault{
		"First name can't be blank":                               {Field: "given_name", Code: directory.Blank},
		"Last name is too long (maximum is 255 characters)":       {Field: "family_name", Code: directory.TooLong, Limit: 255},
		"Email address has already been taken":                    {Field: "email", Code: directory.Taken},
		"Role is invalid":                                         {Field: "role", Code: directory.Unknown},
		"Key is too weak":                                         {Field: "key", Code: directory.Weak},
		"Key can't be added (100 are the most that one may have)": {Field: "key", Code: directory.TooMany, Limit: 100},
		"Description is too long (maximum is 255 characters)":     {Field: "title", Code: directory.TooLong, Limit: 255},
		"Username is reserved":                                    {Field: "username", Code: directory.Reserved},
		"Password is too short (minimum is 8 characters)":         {Field: "password", Code: directory.TooShort, Limit: 8},
	} {
		got := sentences(http.StatusUnprocessableEntity, &directory.Error{Kind: directory.Invalid, Faults: []directory.Fault{fault}})
		if len(got) != 1 || got[0] != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
