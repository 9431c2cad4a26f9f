package native_test

import (
	"net/http"
	"testing"

	"roster.example/roster/internal/api/native"
)

func TestBlanksAroundTheUsernameOfForwardAuthAreIgnored(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	for username, want := range map[string]int{
		"admin": http.StatusOK, "admin ": http.StatusOK, " ADMIN": http.StatusOK, "\u00a0admin": http.StatusOK,
		"": http.StatusUnauthorized, " ": http.StatusUnauthorized, "ad min": http.StatusUnauthorized, "other ": http.StatusUnauthorized,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/api/v1/forward-auth", nil)
		h.must(err)
		r.SetBasicAuth(username, h.admin.APIKey)
		answer, err := http.DefaultClient.Do(r)
		h.must(err)
		h.must(answer.Body.Close())
		if answer.StatusCode != want {
			t.Errorf("%q: %d, want %d", username, answer.StatusCode, want)
		}
	}
}
