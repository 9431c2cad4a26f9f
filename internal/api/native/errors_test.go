package native_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/api/native"
	"roster.example/roster/internal/web"
)

func TestBodyBeyondTheLimitIsRejectedWithAndWithoutAKey(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
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

func TestFieldErrorsNameTheMemberOfTheBody(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	for _, c := range []struct{ method, path, body, field string }{
		{"POST", "/me/emails", `{"address": "no address"}`, "address"},
		{"PUT", "/me/password", `{"current_password": "` + apitest.Password(h.admin.User.Username) + `", "new_password": "short"}`, "new_password"},
		{"POST", "/users", `{"username": "grace", "identity": {"provider": " ", "uid": "7"}}`, "identity.provider"},
		{"POST", "/users", `{"username": "grace", "identity": {"provider": "ldap", "uid": "\t"}}`, "identity.uid"},
		{"POST", "/users", `{"username": "grace", "organization_id": 4711}`, "organization_id"},
		{"POST", "/users", `{"username": "grace", "role_id": 4711}`, "role_id"},
		{"PATCH", "/me", `{"email": "no address"}`, "email"},
	} {
		answer := h.sendJSON(c.method, c.path, "application/json", c.body)
		if fields := answer.fields(); !slices.Equal(fields, []string{c.field}) {
			t.Errorf("%s %s %s: got %+v", c.method, c.path, c.body, answer)
		}
	}
}

func TestFormIsRejectedWithTheContentTypeToSend(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		kind, body string
		status     int
	}{
		{form, "username=grace", http.StatusUnsupportedMediaType},
		{form, " \n username=grace", http.StatusUnsupportedMediaType},
		{form, `"username"`, http.StatusUnsupportedMediaType},
		{form + "; charset=utf-8", "username=grace", http.StatusUnsupportedMediaType},
		{form, `{"username": "grace"}`, http.StatusCreated},
		{form, " \r\n\t{\"username\": \"ada-grace\"}", http.StatusCreated},
		{form, "\ufeff{\"username\": \"marked\"}", http.StatusCreated},
		{form + "; charset=utf-8", `{"username": "emmy"}`, http.StatusCreated},
		{form, `[]`, http.StatusBadRequest},
	} {
		answer := h.sendJSON("POST", "/users", c.kind, c.body)
		named := strings.Contains(answer.Detail, "Content-Type: application/json")
		if answer.Status != c.status || named != (c.status == http.StatusUnsupportedMediaType) {
			t.Errorf("%s %q: got %+v", c.kind, c.body, answer)
		}
	}
}

// problemAnswer is a status and the relevant members of the problem.
type problemAnswer struct {
	Status int
	Detail string
	Errors []struct{ Field string }
}

func (a problemAnswer) fields() []string {
	var fields []string
	for _, e := range a.Errors {
		fields = append(fields, e.Field)
	}
	return fields
}

func (h *testServer) sendJSON(method, path, kind, body string) problemAnswer {
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+"/api/v1"+path, strings.NewReader(body))
	h.must(err)
	r.Header.Set("Authorization", "Bearer "+h.admin.APIKey)
	r.Header.Set("Content-Type", kind)
	got, err := http.DefaultClient.Do(r)
	h.must(err)
	var told problemAnswer
	h.must(json.NewDecoder(got.Body).Decode(&told))
	h.must(got.Body.Close())
	told.Status = got.StatusCode
	return told
}
