package wekan_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/api/wekan"
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/web"
)

// fixture is a server with the administrator "admin" and the member "john".
type fixture struct {
	*apitest.Fixture
	admin, john apitest.User
	handler     http.Handler
}

func newFixture(t testing.TB, o directory.Options, c wekan.Config) fixture {
	t.Helper()
	if o.HidesAccounts == nil { // an empty list reveals accounts
		o.HidesAccounts = []model.API{model.Wekan}
	}
	h := apitest.NewFixture(t, o)
	return fixture{h, h.AddAdmin("admin"), h.AddMember("john"), web.Middleware(wekan.New(h.Directory, c), web.Options{})}
}

func (h fixture) target() apitest.Target {
	users := map[string]apitest.User{"admin": h.admin, "john": h.john}
	w := h.Target(users)
	w.Handler = h.handler
	w.Authorize = func(name string, r *http.Request) error {
		p, ok := users[name]
		if !ok {
			return fmt.Errorf("no user is called %s", name)
		}
		r.Header.Set("Authorization", "Bearer "+p.APIKey)
		return nil
	}
	return w
}

// ask sends one request and returns the response; token and body may be empty.
func (h fixture) ask(method, path, token, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

// logIn returns a new token of john and its expiry.
func (h fixture) logIn(t *testing.T) (token string, expires time.Time) {
	t.Helper()
	w := h.ask("POST", "/users/login", "", `{"username":"john","password":"`+h.john.Password+`"}`)
	var got struct {
		Token        string
		TokenExpires time.Time
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("login: %d %s %v", w.Code, w.Body, err)
	}
	return got.Token, got.TokenExpires
}

// loggedIn reports whether token is valid.
func (h fixture) loggedIn(token string) bool {
	return strings.HasPrefix(h.ask("GET", "/api/user", token, "").Body.String(), `{"_id":`)
}

func TestTranscripts(t *testing.T) {
	t.Parallel()
	apitest.Run(t, "testdata/*.txtar", func(t *testing.T) apitest.Target {
		return newFixture(t, directory.Options{}, wekan.Config{}).target()
	})
	apitest.Run(t, "testdata/closed/*.txtar", func(t *testing.T) apitest.Target {
		return newFixture(t, directory.Options{SignUp: registration.Off}, wekan.Config{}).target()
	})
	apitest.Run(t, "testdata/real/*.txtar", func(t *testing.T) apitest.Target {
		return newFixture(t, directory.Options{}, wekan.Config{RealStatuses: true}).target()
	})
	apitest.Run(t, "testdata/revealing/*.txtar", func(t *testing.T) apitest.Target {
		return newFixture(t, directory.Options{HidesAccounts: []model.API{}}, wekan.Config{}).target()
	})
	apitest.Run(t, "testdata/empty/*.txtar", func(t *testing.T) apitest.Target {
		h := apitest.NewFixture(t, directory.Options{FirstUserAdmin: true})
		w := h.Target(nil)
		w.Handler = wekan.New(h.Directory, wekan.Config{})
		return w
	})
}

func TestEveryRouteHasAKnownPermission(t *testing.T) {
	t.Parallel()
	router := wekan.New(apitest.NewFixture(t, directory.Options{}).Directory, wekan.Config{})
	for _, route := range router.Routes() {
		if !slices.Contains(model.AllPermissions(), model.Permission(route.Needs)) {
			t.Errorf("%s %s needs %q, which nobody knows", route.Method, route.Path, route.Needs)
		}
		open := strings.HasPrefix(route.Path, "/users/")
		if route.Needs == string(model.Public) && !open {
			t.Errorf("%s %s is public", route.Method, route.Path)
		}
	}
}

func TestTokensExpireAfterNinetyDays(t *testing.T) {
	t.Parallel()
	clock := apitest.NewClock()
	h := newFixture(t, directory.Options{Now: clock.Now}, wekan.Config{})
	token, expires := h.logIn(t)
	const life = 90 * 24 * time.Hour
	if left := time.Until(expires); left > life || left < life-time.Minute {
		t.Errorf("the token lasts %v, want about %v", left, life)
	}
	clock.Advance(life - time.Minute)
	if !h.loggedIn(token) {
		t.Error("the token ended a minute early")
	}
	clock.Advance(2 * time.Minute)
	if h.loggedIn(token) {
		t.Error("the token is good after its time")
	}
}

func TestLoginErrorsAreIndentedAndOthersCompact(t *testing.T) {
	t.Parallel()
	h := newFixture(t, directory.Options{}, wekan.Config{})
	got := h.ask("POST", "/users/login", "", `{"username":"<nobody>","password":"x"}`).Body.String()
	want := "{\n  \"error\": \"login-failed\",\n  \"reason\": \"Incorrect username, email address or password.\"\n}"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("login (-want +got):\n%s", diff)
	}
	got = h.ask("GET", "/api/user", "", "").Body.String()
	want = `{"isClientSafe":true,"error":"Unauthorized","reason":"Unauthorized","message":"Unauthorized [Unauthorized]",` +
		`"errorType":"Meteor.Error","statusCode":401}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("own user (-want +got):\n%s", diff)
	}
}

func TestLoginIsLimitedAfterTooManyFailures(t *testing.T) {
	t.Parallel()
	h := newFixture(t, directory.Options{Login: ratelimit.LoginLimits{AccountFailures: 3, Lock: time.Minute}, HidesAccounts: []model.API{}}, wekan.Config{})
	for range 3 {
		if w := h.ask("POST", "/users/login", "", `{"username":"john","password":"wrong"}`); w.Code != http.StatusBadRequest {
			t.Fatalf("wrong password: %d %s", w.Code, w.Body)
		}
	}
	w := h.ask("POST", "/users/login", "", `{"username":"john","password":"`+h.john.Password+`"}`)
	want := "{\n  \"error\": \"too-many-requests\",\n  \"reason\": \"Too many failed login attempts. Try again later.\"\n}"
	if w.Code != http.StatusTooManyRequests || w.Body.String() != want {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if wait, err := strconv.Atoi(w.Header().Get("Retry-After")); err != nil || wait < 50 || wait > 60 {
		t.Errorf("Retry-After: %q, want seconds up to 60", w.Header().Get("Retry-After"))
	}
}

func TestTokenIsDeletedByItsHashToo(t *testing.T) {
	t.Parallel()
	h := newFixture(t, directory.Options{}, wekan.Config{})
	first, _ := h.logIn(t)
	second, _ := h.logIn(t)
	sum := sha256.Sum256([]byte(first))
	hashed := base64.StdEncoding.EncodeToString(sum[:])
	w := h.ask("POST", "/api/deletetoken", h.admin.APIKey, `{"userId":"`+h.john.UID+`","token":"`+hashed+`"}`)
	if want := `{"message":"Delete token: [` + hashed + `] from user: ` + h.john.UID + `"}`; w.Body.String() != want {
		t.Errorf("want %s, got %s", want, w.Body)
	}
	if h.loggedIn(first) || !h.loggedIn(second) {
		t.Errorf("deleted token good: %v; other token good: %v", h.loggedIn(first), h.loggedIn(second))
	}
}

func TestListHasAllUsersInOrderOfCreation(t *testing.T) {
	t.Parallel()
	h := newFixture(t, directory.Options{}, wekan.Config{})
	type row struct {
		ID       string `json:"_id"`
		Username string `json:"username"`
	}
	want := []row{{h.admin.UID, "admin"}, {h.john.UID, "john"}}
	for i := range 45 {
		p := h.AddMember(fmt.Sprintf("member%02d", i))
		want = append(want, row{p.UID, p.Username})
	}
	if w := h.ask("PUT", "/api/users/"+h.john.UID, h.admin.APIKey, `{"action":"disableLogin"}`); w.Code != http.StatusOK {
		t.Fatalf("disable: %d %s", w.Code, w.Body)
	}
	var got []row
	if err := json.Unmarshal(h.ask("GET", "/api/users", h.admin.APIKey, "").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

func TestTooLargeBodyIsRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t, directory.Options{}, wekan.Config{MaxBody: 100})
	body := `{"username":"` + strings.Repeat("x", 100) + `"}`
	for _, path := range []string{"/users/login", "/users/register", "/api/users", "/api/deletetoken"} {
		if w := h.ask("POST", path, h.admin.APIKey, body); w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestTokenWithReadScopeCannotWrite(t *testing.T) {
	t.Parallel()
	h := newFixture(t, directory.Options{}, wekan.Config{})
	_, token, err := h.Directory.CreateToken(t.Context(), h.ActorFor(h.admin), credential.NewToken{
		Owner: h.admin.ID, Name: "reader", Scopes: model.Scopes{model.ScopeReadUser},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !h.loggedIn(token.Reveal()) {
		t.Error("the token cannot read its owner")
	}
	for _, route := range []string{"GET /api/users", "POST /api/createtoken/" + h.john.UID, "DELETE /api/users/" + h.john.UID} {
		method, path, _ := strings.Cut(route, " ")
		if w := h.ask(method, path, token.Reveal(), ""); !strings.Contains(w.Body.String(), `"error":"Forbidden"`) {
			t.Errorf("%s: %s", route, w.Body)
		}
	}
	if w := h.ask("POST", "/users/logout", token.Reveal(), ""); w.Code != http.StatusBadRequest {
		t.Errorf("logout: %d %s", w.Code, w.Body)
	}
}

func TestConcurrentRegistrationsOfOneUsernameSucceedOnce(t *testing.T) {
	t.Parallel()
	h := newFixture(t, directory.Options{}, wekan.Config{})
	const many = 8
	var done sync.WaitGroup
	codes := make([]int, many)
	for i := range many {
		done.Go(func() {
			codes[i] = h.ask("POST", "/users/register", "", `{"username":"Wanted","password":"x"}`).Code
		})
	}
	done.Wait()
	slices.Sort(codes)
	want := append([]int{http.StatusOK}, slices.Repeat([]int{http.StatusBadRequest}, many-1)...)
	if diff := cmp.Diff(want, codes); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}
