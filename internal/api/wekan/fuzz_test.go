package wekan_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"roster.example/roster/internal/api/wekan"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/ratelimit"
)

// FuzzBodies sends any body, as JSON and as a form, to the routes that read one. It must not cause
// a panic or an internal error, and every response must be JSON without hashes.
func FuzzBodies(f *testing.F) {
	for _, body := range []string{
		`{"username":"john","password":"john-secret-1"}`, `{"email":"a@b.example","password":5}`, `{"username":null}`, `[]`, `{`,
		`username=john&password=john-secret-1`, `username[]=a&password[b]=c`, `%`, `userId=x&token=y`, `{"action":"disableLogin"}`,
	} {
		f.Add(true, body)
		f.Add(false, body)
	}
	const many = 1 << 40
	h := newFixture(f, directory.Options{Login: ratelimit.LoginLimits{
		AccountFailures: many, AddressFailures: many, RevealingAnswers: many, SignUps: many,
	}}, wekan.Config{})
	routes := []string{"POST /users/login", "POST /users/register", "POST /api/users", "POST /api/deletetoken", "PUT /api/users/" + h.john.UID}
	f.Fuzz(func(t *testing.T, asJSON bool, body string) {
		for _, route := range routes {
			method, path, _ := strings.Cut(route, " ")
			r := httptest.NewRequest(method, path, strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+h.admin.APIKey)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if asJSON {
				r.Header.Set("Content-Type", "application/json")
			}
			w := httptest.NewRecorder()
			h.handler.ServeHTTP(w, r)
			if w.Code >= http.StatusInternalServerError || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s: %d %s", route, w.Code, w.Body)
			}
			if strings.Contains(w.Body.String(), "$argon2") {
				t.Errorf("%s shows a hash: %s", route, w.Body)
			}
		}
	})
}
