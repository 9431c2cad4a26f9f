package native_test

import (
	"net/http"
	"strconv"
	"testing"

	"roster.example/roster/internal/api/native"
)

func TestWhoAsksTooOftenIsToldWhenToComeAgain(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{PerMinute: 3})
	other := h.fixture.AddMember("other")
	ask := func(key string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/api/v1/me", nil)
		h.must(err)
		r.Header.Set("Authorization", "Bearer "+key)
		answer, err := http.DefaultClient.Do(r)
		h.must(err)
		h.must(answer.Body.Close())
		return answer
	}
	refused := 0
	for range 8 { // a minute may begin anew in between
		answer := ask(h.admin.APIKey)
		left, err := strconv.Atoi(answer.Header.Get("RateLimit-Remaining"))
		h.must(err)
		if answer.Header.Get("RateLimit-Limit") != "3" || left < 0 || left > 2 {
			t.Errorf("got limit %s and %d left", answer.Header.Get("RateLimit-Limit"), left)
		}
		if answer.StatusCode != http.StatusTooManyRequests {
			continue
		}
		refused++
		wait, err := strconv.Atoi(answer.Header.Get("Retry-After"))
		h.must(err)
		if wait < 1 || wait > 60 {
			t.Errorf("come again after %d s", wait)
		}
	}
	if refused < 2 {
		t.Errorf("%d of 8 were refused", refused)
	}
	if answer := ask(other.APIKey); answer.StatusCode != http.StatusOK {
		t.Errorf("another person got %s", answer.Status)
	}
}
