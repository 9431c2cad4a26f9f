package native_test

import (
	"net/http"
	"strconv"
	"testing"

	"roster.example/roster/internal/api/native"
)

func TestRequestsBeyondTheLimitAreRejectedWithRetryAfter(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{PerMinute: 3})
	other := h.fixture.AddMember("other")
	get := func(key string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/api/v1/me", nil)
		h.must(err)
		r.Header.Set("Authorization", "Bearer "+key)
		answer, err := http.DefaultClient.Do(r)
		h.must(err)
		h.must(answer.Body.Close())
		return answer
	}
	rejected := 0
	for range 8 { // a new minute may begin in between
		answer := get(h.admin.APIKey)
		left, err := strconv.Atoi(answer.Header.Get("RateLimit-Remaining"))
		h.must(err)
		if answer.Header.Get("RateLimit-Limit") != "3" || left < 0 || left > 2 {
			t.Errorf("got limit %s and %d left", answer.Header.Get("RateLimit-Limit"), left)
		}
		if answer.StatusCode != http.StatusTooManyRequests {
			continue
		}
		rejected++
		wait, err := strconv.Atoi(answer.Header.Get("Retry-After"))
		h.must(err)
		if wait < 1 || wait > 60 {
			t.Errorf("Retry-After is %d s", wait)
		}
	}
	if rejected < 2 {
		t.Errorf("%d of 8 were rejected", rejected)
	}
	if answer := get(other.APIKey); answer.StatusCode != http.StatusOK {
		t.Errorf("another user got %s", answer.Status)
	}
}
