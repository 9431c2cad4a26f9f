package gitlab_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/api/gitlab"
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ratelimit"
)

// ask sends one request with a JSON body, nil for none.
func ask(t *testing.T, router http.Handler, token, method, path string, body any) *httptest.ResponseRecorder {
	t.Helper()
	var text bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&text).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, &text)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("PRIVATE-TOKEN", token)
	w := httptest.NewRecorder()
	router.ServeHTTP(w, r)
	return w
}

func TestEveryRouteHasAPermissionAndRequiresACredential(t *testing.T) {
	t.Parallel()
	fixture := apitest.NewFixture(t, directory.Options{})
	router := gitlab.New(fixture.Directory, gitlab.Config{})
	fill := strings.NewReplacer("{id}", "1", "{key}", "1")
	for _, route := range router.Routes() {
		if !slices.Contains(model.AllPermissions(), model.Permission(route.Needs)) {
			t.Errorf("%s %s needs %q, which is no permission", route.Method, route.Path, route.Needs)
		}
		// A login without a name has the same message.
		w := ask(t, router, "", route.Method, fill.Replace(route.Path), nil)
		if got := w.Body.String(); w.Code != http.StatusUnauthorized || got != `{"message":"401 Unauthorized"}` {
			t.Errorf("%s %s without a credential: %d %s", route.Method, route.Path, w.Code, got)
		}
	}
}

// tokenOf creates an access token of owner.
func tokenOf(t *testing.T, fixture *apitest.Fixture, owner apitest.User, n credential.NewToken) string {
	t.Helper()
	n.Owner, n.Name = owner.ID, "script"
	_, text, err := fixture.Directory.CreateToken(t.Context(), fixture.ActorFor(owner), n)
	if err != nil {
		t.Fatal(err)
	}
	return text.Reveal()
}

func TestAccessTokenIsValidUntilItExpires(t *testing.T) {
	t.Parallel()
	clock := apitest.NewClock()
	fixture := apitest.NewFixture(t, directory.Options{Now: clock.Now})
	router := gitlab.New(fixture.Directory, gitlab.Config{})
	token := tokenOf(t, fixture, fixture.AddMember("ada"), credential.NewToken{
		Scopes: model.Scopes{model.ScopeAPI}, ExpiresAt: clock.Now().Add(time.Hour),
	})
	if w := ask(t, router, token, "GET", "/api/v3/user", nil); w.Code != http.StatusOK {
		t.Fatalf("before: %d %s", w.Code, w.Body)
	}
	clock.Advance(time.Hour)
	w := ask(t, router, token, "GET", "/api/v3/user", nil)
	if got := w.Body.String(); w.Code != http.StatusUnauthorized || got != `{"message":"401 Unauthorized"}` {
		t.Errorf("after: %d %s", w.Code, got)
	}
}

func TestTokenWithReadScopeReadsAndGetsNoPrivateToken(t *testing.T) {
	t.Parallel()
	fixture := apitest.NewFixture(t, directory.Options{})
	router := gitlab.New(fixture.Directory, gitlab.Config{})
	admin := fixture.AddAdmin("admin")
	token := tokenOf(t, fixture, admin, credential.NewToken{Scopes: model.Scopes{model.ScopeReadUser}})
	w := ask(t, router, token, "GET", "/api/v3/user", nil)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"private_token":null`) {
		t.Errorf("GET /user: %d %s", w.Code, w.Body)
	}
	for route, want := range map[string]int{
		"GET /api/v3/users": 200, "GET /api/v3/users/1": 200, "GET /api/v3/user/keys": 200,
		"POST /api/v3/users": 403, "DELETE /api/v3/users/1": 403, "POST /api/v3/user/keys": 403, "GET /api/v3/user?sudo=2": 403,
		"DELETE /api/v3/user/keys/1": 403, "GET /api/v3/users/1/keys": 403, "PUT /api/v3/users/1/block": 403,
	} {
		method, path, _ := strings.Cut(route, " ")
		if w := ask(t, router, token, method, path, nil); w.Code != want {
			t.Errorf("%s: %d %s, want %d", route, w.Code, w.Body, want)
		}
	}
}

func TestPasswordGuessingIsLimited(t *testing.T) {
	t.Parallel()
	fixture := apitest.NewFixture(t, directory.Options{Login: ratelimit.LoginLimits{AccountFailures: 2, Lock: time.Minute}})
	router := gitlab.New(fixture.Directory, gitlab.Config{})
	ada := fixture.AddMember("ada")
	for range 2 {
		if w := ask(t, router, "", "POST", "/api/v3/session", map[string]string{"login": "ada", "password": "wrong"}); w.Code != http.StatusUnauthorized {
			t.Fatalf("wrong password: %d %s", w.Code, w.Body)
		}
	}
	w := ask(t, router, "", "POST", "/api/v3/session", map[string]string{"login": "ada", "password": ada.Password})
	if got := w.Body.String(); w.Code != http.StatusTooManyRequests || got != `{"message":"429 Too Many Requests"}` {
		t.Errorf("third try: %d %s", w.Code, got)
	}
	if wait := w.Header().Get("Retry-After"); wait != "60" {
		t.Errorf("Retry-After is %q, want 60", wait)
	}
}

func TestConcurrentCreationsOfOneUsernameSucceedOnce(t *testing.T) {
	t.Parallel()
	fixture := apitest.NewFixture(t, directory.Options{})
	router := gitlab.New(fixture.Directory, gitlab.Config{})
	token := fixture.AddAdmin("admin").APIKey
	codes := make([]int, 12)
	var all sync.WaitGroup
	for n := range codes {
		all.Go(func() {
			codes[n] = ask(t, router, token, "POST", "/api/v3/users", map[string]string{
				"email": string(rune('a'+n)) + "@lab.example", "password": "long-enough", "username": "wanted", "name": "Wanted",
			}).Code
		})
	}
	all.Wait()
	slices.Sort(codes)
	if codes[0] != http.StatusCreated || codes[1] != http.StatusNotFound || codes[len(codes)-1] != http.StatusNotFound {
		t.Errorf("answers are %v, want one 201 and otherwise 404", codes)
	}
}

// public returns the line of a .pub file.
func public(t *testing.T, key any) string {
	t.Helper()
	k, err := ssh.NewPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k)))
}

// keyTexts maps keys as users paste them to whether they are accepted (docs/products/gitlab.md, SSH
// keys).
func keyTexts(t *testing.T) map[string]bool {
	t.Helper()
	modulus, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	fits := public(t, long) + " "
	return map[string]bool{
		public(t, &modulus.PublicKey):                  true,
		public(t, &curve.PublicKey) + " on her laptop": true,
		"  " + public(t, edwards) + "\r\n":             true,
		// Made by a security key.
		"sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAAAABHNzaDo=": true,
		fits + strings.Repeat("c", 5001-len(fits)):                               false,
		fits + strings.Repeat("c", 5000-len(fits)):                               true,
		"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END":    false,
		"ssh-dss AAAAB3NzaC1kc3MAAACBAIDsQ9Y7kzrOd2Dw9NxZL5AzQDyF4x5S0mKHb0mTHA": false,
		`no-pty ` + public(t, edwards):                                           false,
	}
}

func TestKeysAreAcceptedAsPasted(t *testing.T) {
	t.Parallel()
	fixture := apitest.NewFixture(t, directory.Options{})
	router := gitlab.New(fixture.Directory, gitlab.Config{})
	token := fixture.AddMember("ada").APIKey
	for text, taken := range keyTexts(t) {
		w := ask(t, router, token, "POST", "/api/v3/user/keys", map[string]string{"title": "t", "key": text})
		var got struct{ Key, Message string }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		switch {
		case taken && (w.Code != http.StatusCreated || got.Key != strings.TrimSpace(text)):
			t.Errorf("%.60q: %d %s", text, w.Code, w.Body)
		case !taken && (w.Code != http.StatusNotFound || got.Message != "404 Not Found"):
			t.Errorf("%.60q: %d %s, want 404", text, w.Code, w.Body)
		}
	}
}

func TestBodyIsLimited(t *testing.T) {
	t.Parallel()
	fixture := apitest.NewFixture(t, directory.Options{})
	router := gitlab.New(fixture.Directory, gitlab.Config{MaxBody: 1000})
	w := ask(t, router, fixture.AddAdmin("admin").APIKey, "POST", "/api/v3/users", map[string]string{"bio": strings.Repeat("x", 1000)})
	if got := w.Body.String(); w.Code != http.StatusRequestEntityTooLarge || got != `{"message":"413 Request Entity Too Large"}` {
		t.Errorf("got %d %s", w.Code, got)
	}
}
