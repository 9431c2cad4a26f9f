package web_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"roster.example/roster/internal/web"
)

func TestSingleHeaderIsNeitherEmptyNorRepeated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []string
		want   string
		given  bool
		fails  bool
	}{
		{nil, "", false, false},
		{[]string{"ada"}, "ada", true, false},
		{[]string{" ada "}, "ada", true, false},
		{[]string{""}, "", true, true},
		{[]string{" \t"}, "", true, true},
		{[]string{"\u00a0"}, "", true, true},
		{[]string{"ada", "root"}, "", true, true},
		{[]string{"ada", "ada"}, "", true, true},
		{[]string{"", "ada"}, "", true, true},
		{[]string{"", ""}, "", true, true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Sudo"] = c.values
		got, given, err := web.SingleHeader(r, "sudo")
		bad, isError := errors.AsType[*web.Error](err)
		if got != c.want || given != c.given || isError != c.fails || isError && bad.Status != http.StatusBadRequest {
			t.Errorf("%q: %q, %t, %v", c.values, got, given, err)
		}
		if web.IsRepeatedHeader(r, "sudo") != (len(c.values) > 1) {
			t.Errorf("%q: repeated", c.values)
		}
	}
}

// Of two content types, a proxy may have checked the one and the server would read the other.
func TestRepeatedContentTypeIsRejected(t *testing.T) {
	t.Parallel()
	for _, types := range [][]string{
		{"application/json", "application/x-www-form-urlencoded"}, {"", "application/json"}, {"application/json", "application/json"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header["Content-Type"] = types
		_, _, err := web.ContentType(r)
		if bad, ok := errors.AsType[*web.Error](err); !ok || bad.Status != http.StatusUnsupportedMediaType {
			t.Errorf("%q: %v", types, err)
		}
	}
}

func TestRepeatedAuthorizationIsNoCredential(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.SetBasicAuth("ada", "key")
	if _, _, ok := web.BasicAuth(r); !ok {
		t.Error("one header is no credential")
	}
	for _, second := range []string{r.Header.Get("Authorization"), "Basic eDp5", "Bearer x", ""} {
		r.Header["Authorization"] = []string{r.Header.Get("Authorization"), second}
		if _, _, ok := web.BasicAuth(r); ok {
			t.Errorf("a second header %q is ignored", second)
		}
	}
}
