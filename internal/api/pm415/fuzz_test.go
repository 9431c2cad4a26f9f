package pm415

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/ratelimit"
)

// FuzzBodies sends arbitrary bodies to every route that reads one, with and without a credential.
// They must not cause a panic or an internal error.
func FuzzBodies(f *testing.F) {
	const plenty = 1 << 40
	s := newFixture(f, directory.Options{Login: ratelimit.LoginLimits{
		AccountFailures: plenty, AddressFailures: plenty, RevealingAnswers: plenty, SignUps: plenty,
	}}, Config{MaxBody: 1 << 16})
	var routes []string
	for _, route := range s.router.Routes() {
		if route.Method == "POST" || route.Method == "PUT" {
			path := strings.NewReplacer("{orgid}", id(s.annOrg.ID)).Replace(route.Path)
			routes = append(routes, route.Method+" "+path)
		}
	}
	for n := range routes {
		f.Add(uint8(n), "application/json", `{"email": "a@b.example", "password": "1111", "token": "t", "usersId": [1, "2"], "name": "n"}`, "")
		f.Add(uint8(n), "application/json", signUpBody("", ""), "access_token=x")
		f.Add(uint8(n), "application/x-www-form-urlencoded", `usersId[]=4&email=a@b.example&send=true&password=p`, "")
		f.Add(uint8(n), "application/json", `{"usersId": [[{}]], "email": {"a": null}, "password": []}`, "")
		f.Add(uint8(n), "application/json", `{"access_token": {}, "confirmation": {}, "password": {}}`, "")
		f.Add(uint8(n), "multipart/form-data; boundary=x", "--x\r\n\r\n--x--", "%zz&access_token=%")
	}
	key := s.users["ann"].APIKey
	f.Fuzz(func(t *testing.T, n uint8, kind, body, query string) {
		method, path, _ := strings.Cut(routes[int(n)%len(routes)], " ")
		for _, token := range []string{"", key} {
			r := httptest.NewRequest(method, path, strings.NewReader(body))
			r.URL.RawQuery = query
			w := deliver(s.router, r, token, kind)
			if w.Code >= http.StatusInternalServerError {
				t.Errorf("%s %s %q %q: %d %s", method, path, kind, body, w.Code, w.Body)
			}
			if w.Code != http.StatusBadRequest && w.Body.Len() == 0 {
				t.Errorf("%s %s: empty answer %d", method, path, w.Code)
			}
		}
	})
}
