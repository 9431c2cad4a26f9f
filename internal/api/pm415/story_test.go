package pm415

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/registration"
)

// logIn returns a new login token of a user.
func (s *fixture) logIn(t *testing.T, name string) string {
	t.Helper()
	p := s.users[name]
	body := fmt.Sprintf(`{"email": %q, "password": %q}`, p.Primary().Address, p.Password)
	w := s.send("POST", "/api/account/login", "", body)
	expect(t, w, http.StatusOK)
	var got struct{ Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	return got.Token
}

func TestLoginTokenHasTheFormatOfPM415(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{}, Config{})
	parts := strings.Split(s.logIn(t, "ann"), ".")
	if len(parts) != 3 {
		t.Fatalf("the token has %d parts", len(parts))
	}
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil || string(header) != `{"alg":"HS256","typ":"JWT"}` {
		t.Errorf("header %s (%v)", header, err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ UserID, OrgID, Iat, Exp int64 }
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	week := int64(7 * 24 * 60 * 60)
	if claims.UserID != int64(s.users["ann"].ID) || claims.OrgID != int64(s.annOrg.ID) || claims.Exp-claims.Iat != week {
		t.Errorf("payload %s", payload)
	}
}

func TestExpiredLoginTokenIsRejected(t *testing.T) {
	t.Parallel()
	var later atomic.Int64 // seconds
	now := func() time.Time { return time.Now().Add(time.Duration(later.Load()) * time.Second) }
	s := newFixture(t, directory.Options{Now: now}, Config{})
	token := s.logIn(t, "ann")
	expect(t, s.send("GET", "/api/user", token, ""), http.StatusOK)
	later.Store(7*24*60*60 + 1)
	expect(t, s.send("GET", "/api/user", token, ""), http.StatusUnauthorized, "Authentication required")
	expect(t, s.send("GET", "/api/user", s.users["ann"].APIKey, ""), http.StatusOK)
}

func TestTamperedLoginTokenIsRejected(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{}, Config{})
	parts := strings.Split(s.logIn(t, "bob"), ".")
	forged := fmt.Sprintf(`{"userId":%d,"orgId":%d,"iat":1,"exp":99999999999}`, s.users["root"].ID, s.Home.ID)
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	payload := base64.RawURLEncoding.EncodeToString([]byte(forged))
	for _, token := range []string{parts[0] + "." + payload + "." + parts[2], none + "." + payload + "."} {
		expect(t, s.send("GET", "/api/user", token, ""), http.StatusUnauthorized)
	}
}

func TestBlockedUserLosesAccessAtOnce(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{}, Config{})
	bob, token := s.users["bob"], s.logIn(t, "bob")
	if _, err := s.Directory.BlockUser(t.Context(), s.ActorFor(s.users["root"]), bob.ID); err != nil {
		t.Fatal(err)
	}
	for _, credential := range []string{token, bob.APIKey} {
		expect(t, s.send("GET", "/api/user", credential, ""), http.StatusUnauthorized, "Authentication required")
	}
	login := fmt.Sprintf(`{"email": %q, "password": %q}`, bob.Primary().Address, bob.Password)
	expect(t, s.send("POST", "/api/account/login", "", login), http.StatusForbidden, "User not confirmed or inactive")
	members := s.send("GET", "/api/org/"+id(s.annOrg.ID)+"/users", s.users["ann"].APIKey, "")
	expect(t, members, http.StatusOK, `"email":"bob@roster.example","firstName":"bob","lastName":"Example","isActive":0`)
}

func TestLoginTokenSurvivesAPasswordChange(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{}, Config{})
	token := s.logIn(t, "ann")
	change := `{"email": "ann@roster.example", "password": "1111", "confirmation": "1111"}`
	expect(t, s.send("PUT", "/api/user", token, change), http.StatusOK)
	expect(t, s.send("GET", "/api/user", token, ""), http.StatusOK)
	expect(t, s.send("GET", "/api/user", s.users["ann"].APIKey, ""), http.StatusOK)
}

func TestTokenOfAFormerOrganizationHasNoCurrentOne(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{}, Config{})
	token := s.logIn(t, "bob")
	remove := fmt.Sprintf(`{"usersId": [%d]}`, s.users["bob"].ID)
	expect(t, s.send("POST", "/api/org/"+id(s.annOrg.ID)+"/users/remove", s.users["ann"].APIKey, remove), http.StatusOK)
	w := s.send("GET", "/api/user", token, "")
	expect(t, w, http.StatusOK, `"organizations":[]`)
	if strings.Contains(w.Body.String(), `"organization":`) {
		t.Errorf("there is a current organization: %s", w.Body)
	}
}

func TestTokenWithReadScopeCannotRotateTheKey(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{}, Config{})
	_, token, err := s.Directory.CreateToken(t.Context(), s.ActorFor(s.users["ann"]), credential.NewToken{
		Owner: s.users["ann"].ID, Name: "reader", Scopes: model.Scopes{model.ScopeReadUser},
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, s.send("GET", "/api/user", token.Reveal(), ""), http.StatusOK)
	for _, route := range []string{"GET /api/user/apikey", "POST /api/user/apikey", "POST /api/org", "POST /api/org/switch/" + id(s.annOrg.ID)} {
		method, path, _ := strings.Cut(route, " ")
		expect(t, s.send(method, path, token.Reveal(), ""), http.StatusForbidden, "scope of this credential")
	}
}

func TestPasswordGuessingIsLimited(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{Login: ratelimit.LoginLimits{AccountFailures: 3}}, Config{})
	wrong := `{"email": "ann@roster.example", "password": "wrong"}`
	for range 3 {
		expect(t, s.send("POST", "/api/account/login", "", wrong), http.StatusUnauthorized)
	}
	w := s.send("POST", "/api/account/login", "", wrong)
	expect(t, w, http.StatusTooManyRequests, `{"statusCode":429,"error":"Too Many Requests"`, `"success":false}`)
	if w.Header().Get("Retry-After") == "" {
		t.Error("the response has no Retry-After")
	}
}

func TestUnknownAddressLookupsAreLimited(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{Login: ratelimit.LoginLimits{RevealingAnswers: 3}, HidesAccounts: []model.API{}}, Config{})
	for n := range 3 {
		body := fmt.Sprintf(`{"email": "nobody%d@lab.example"}`, n)
		expect(t, s.send("POST", "/api/account/forgotpassword", "", body), http.StatusNotFound)
	}
	w := s.send("POST", "/api/account/forgotpassword", "", `{"email": "ann@roster.example"}`)
	expect(t, w, http.StatusTooManyRequests)
}

func TestClosedSignUpIsReported(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{SignUp: registration.Off}, Config{})
	expect(t, s.send("POST", "/api/account/register", "", signUpBody("", ``)), http.StatusForbidden, "sign-up is switched off")
}

func TestPasswordRuleOfTheServerAppliesHere(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{PasswordMinimum: 12}, Config{})
	key := s.users["ann"].APIKey
	change := `{"email": "ann@roster.example", "password": "1111", "confirmation": "1111"}`
	expect(t, s.send("PUT", "/api/user", key, change), http.StatusBadRequest, `\"password\" length must be at least 12 characters long`)
	expect(t, s.send("POST", "/api/account/register", "", signUpBody("", ``)), http.StatusBadRequest,
		`\"Password\" length must be at least 12 characters long`)
}

func TestConcurrentRegistrationsOfOneAddressSucceedOnce(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{HidesAccounts: []model.API{}}, Config{})
	var wg sync.WaitGroup
	codes := make([]int, 8)
	for n := range codes {
		wg.Go(func() {
			body := signUpBody("organization", fmt.Sprintf(`"Org %d"`, n))
			codes[n] = s.send("POST", "/api/account/register", "", body).Code
		})
	}
	wg.Wait()
	count := map[int]int{}
	for _, code := range codes {
		count[code]++
	}
	if diff := cmp.Diff(map[int]int{http.StatusOK: 1, http.StatusConflict: 7}, count); diff != "" {
		t.Error(diff)
	}
}

func TestAllMembersAreListed(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{}, Config{})
	for n := range 45 {
		s.AddMemberTo(s.annOrg.ID, 0, fmt.Sprintf("member%d", n))
	}
	var got memberRows
	w := s.send("GET", "/api/org/"+id(s.annOrg.ID)+"/users", s.users["bob"].APIKey, "")
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Users) != 48 { // and ann, bob, pen
		t.Errorf("%d people are listed", len(got.Users))
	}
}

func TestUnknownFieldsAreRejected(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{}, Config{})
	org := "/api/org/" + id(s.annOrg.ID)
	for route, body := range map[string]string{
		"POST /api/account/login":             `{"email": "a", "password": "b", "k": 1}`,
		"POST /api/account/register":          signUpBody("k", "1"),
		"POST /api/account/forgotpassword":    `{"email": "ann@roster.example", "k": 1}`,
		"POST /api/account/changepassword":    `{"token": "t", "password": "1234", "confirmation": "1234", "k": 1}`,
		"PUT /api/user":                       `{"email": "ann@roster.example", "k": 1}`,
		"POST /api/org":                       `{"name": "Lab", "k": 1}`,
		"PUT " + org:                          `{"name": "Lab", "k": 1}`,
		"POST " + org + "/invitelink":         `{"email": "x@lab.example", "k": 1}`,
		"POST " + org + "/users/remove":       `{"usersId": [], "k": 1}`,
		"PUT " + org + "/admin/grant":         `{"usersId": [], "k": 1}`,
		"PUT " + org + "/admin/revoke":        `{"usersId": [], "k": 1}`,
		"PUT " + org + "/admin/resetpassword": `{"usersId": [], "k": 1}`,
	} {
		method, path, _ := strings.Cut(route, " ")
		expect(t, s.send(method, path, s.users["ann"].APIKey, body), http.StatusBadRequest, `"message":"\"k\" is not allowed","success":false}`)
	}
}

func TestInvitedUserIsShownAsInactive(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{}, Config{})
	_, err := s.Directory.Invite(t.Context(), s.ActorFor(s.users["ann"]), invitation.NewInvitation{
		Org: s.annOrg.ID, Email: "new@lab.example", GivenName: "New", FamilyName: "Comer", MakeUser: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	w := s.send("GET", "/api/org/"+id(s.annOrg.ID)+"/users", s.users["ann"].APIKey, "")
	expect(t, w, http.StatusOK, `"email":"new@lab.example","firstName":"New","lastName":"Comer","isActive":0,"role":"Member"`)
}

type memberRows struct {
	Success bool        `json:"success"`
	Users   []memberRow `json:"users"`
}
