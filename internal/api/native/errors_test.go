package native_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"roster.example/roster/internal/api/native"
	"roster.example/roster/internal/web"
)

func TestABodyBeyondTheLimitIsRefusedWithAndWithoutAKey(t *testing.T) {
	t.Parallel()
	h := openHall(t, native.Config{})
	body := `{"username": "grace", "bio": "` + strings.Repeat("x", 2<<10) + `"}`
	for _, key := range []string{"", "one"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/api/v1/users", strings.NewReader(body))
		h.must(err)
		r.Header.Set("Authorization", "Bearer "+h.admin.APIKey)
		r.Header.Set("Content-Type", "application/json")
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		answer, err := http.DefaultClient.Do(r)
		h.must(err)
		var problem struct{ Code, Detail string }
		h.must(json.NewDecoder(answer.Body).Decode(&problem))
		h.must(answer.Body.Close())
		if answer.StatusCode != http.StatusRequestEntityTooLarge || problem.Code != web.TooLarge || strings.Contains(problem.Detail, "import") {
			t.Errorf("key %q: got %d and %+v", key, answer.StatusCode, problem)
		}
	}
}
