package native_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"roster.example/roster/internal/api/native"
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/model"
)

// keyedRequests returns a request for each operation that accepts an Idempotency-Key, by path.
func keyedRequests() map[string]string {
	const key = `{"title": "laptop", "key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI`
	return map[string]string{
		"/users":          `{"username": "grace"}`,
		"/users/bulk":     `{"operations": [{"op": "create", "create": {"username": "bulk"}}, {"op": "block", "id": 999}]}`,
		"/me/emails":      `{"address": "second@x.example"}`,
		"/me/keys":        key + strings.Repeat("A", 42) + `B"}`,
		"/me/tokens":      `{"name": "script", "scopes": ["read_user"]}`,
		"/me/api-key":     ``,
		"/organizations":  `{"name": "Acme"}`,
		"/webhooks":       `{"url": "https://hooks.example/roster"}`,
		"/users/2/emails": `{"address": "third@x.example"}`,
		"/users/2/keys":   key + strings.Repeat("A", 42) + `C"}`,
		"/users/2/tokens": `{"name": "script", "scopes": ["read_user"]}`,

		"/organizations/1/invitations":      `{"email": "guest@x.example"}`,
		"/organizations/1/invitations/bulk": `{"invitations": [{"email": "other@x.example"}, {"email": "no address"}]}`,
		"/organizations/1/projects":         `{"name": "Moon"}`,
		"/organizations/1/roles":            `{"name": "Reader", "permissions": []}`,
	}
}

type keyedAnswer struct {
	status               int
	location, etag, kind string
	body, replayed       string
}

func (h *testServer) postKeyed(path, body, credential string) keyedAnswer {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.url+"/api/v1"+path, strings.NewReader(body))
	h.must(err)
	r.Header.Set("Authorization", "Bearer "+credential)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "key of "+path)
	a, err := http.DefaultClient.Do(r)
	h.must(err)
	text, err := io.ReadAll(a.Body)
	h.must(err)
	h.must(a.Body.Close())
	return keyedAnswer{a.StatusCode, a.Header.Get("Location"), a.Header.Get("Etag"), a.Header.Get("Content-Type"), string(text), a.Header.Get("Idempotency-Replayed")}
}

// fullToken creates a token of full scope for the administrator.
func (h *testServer) fullToken() string {
	h.t.Helper()
	_, text, err := h.fixture.Directory.CreateToken(h.t.Context(), model.Operator(), credential.NewToken{
		Owner: h.admin.ID, Name: "all", Scopes: model.Scopes{model.ScopeAPI, model.ScopeSudo},
	})
	h.must(err)
	return text.Reveal()
}

// Operations of one transaction store their response in that transaction.
func TestEveryKeyedOperationIsReplayedWithTheSameBytes(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	h.fixture.AddMember("ada")
	token := h.fullToken()
	for path, body := range keyedRequests() {
		first := h.postKeyed(path, body, token)
		if first.status/100 != 2 {
			t.Errorf("%s: got %d %s", path, first.status, first.body)
			continue
		}
		again := h.postKeyed(path, body, token)
		if again.replayed != "true" {
			t.Errorf("%s: the second answer is not marked as a replay", path)
		}
		again.replayed = first.replayed
		if again != first {
			t.Errorf("%s: answered\n%+v\nafter\n%+v", path, again, first)
		}
	}
}

func TestKeyedRequestsAreComplete(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	a, err := http.Get(h.url + "/api/v1/openapi.json")
	h.must(err)
	var described struct {
		Paths map[string]struct {
			Post struct{ Parameters []struct{ Name string } }
		}
	}
	h.must(json.NewDecoder(a.Body).Decode(&described))
	h.must(a.Body.Close())
	have := keyedRequests()
	keyed := 0
	for path, at := range described.Paths {
		for _, p := range at.Post.Parameters {
			if p.Name != "Idempotency-Key" {
				continue
			}
			keyed++
			path = strings.NewReplacer("/api/v1", "", "{id}", "2", "{organization}", "1").Replace(path)
			if _, ok := have[path]; !ok {
				t.Errorf("POST %s takes an Idempotency-Key and is not in the table", path)
			}
		}
	}
	if keyed != len(have) {
		t.Errorf("the table has %d requests for %d operations", len(have), keyed)
	}
}
