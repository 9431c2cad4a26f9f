package codebase_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/role"
	"roster.example/roster/internal/secret"
)

const invitationXML = `<user><first-name>Grace</first-name><last-name>Hopper</last-name>` +
	`<email-address>grace@example.com</email-address>%s</user>`

func (w *fixture) invite(t *testing.T, extra string) int {
	t.Helper()
	return w.ask(t, "admin", "POST", "/users", strings.NewReader(fmt.Sprintf(invitationXML, extra))).Code
}

// tokenMailedTo returns the token in the link of the oldest email to address.
func (w *fixture) tokenMailedTo(t *testing.T, address string) secret.Text {
	t.Helper()
	letter, err := w.Mail(address)
	if err != nil {
		t.Fatal(err)
	}
	link, err := url.Parse(letter.Link)
	if err != nil {
		t.Fatal(err)
	}
	return secret.Text(link.Query().Get("token"))
}

// usersAs returns GET /users in JSON, by username or, for users without one, by address.
func (w *fixture) usersAs(t *testing.T, name string) map[string]map[string]any {
	t.Helper()
	answer := w.ask(t, name, "GET", "/users", nil, "Accept", "application/json")
	var wrapped []map[string]map[string]any
	if err := json.Unmarshal(answer.Body.Bytes(), &wrapped); err != nil {
		t.Fatalf("%d %s: %v", answer.Code, answer.Body, err)
	}
	users := map[string]map[string]any{}
	for _, one := range wrapped {
		name, ok := one["user"]["username"].(string)
		if !ok {
			name = fmt.Sprint(one["user"]["email_address"])
		}
		users[name] = one["user"]
	}
	return users
}

func TestInvitedUserHasAKeyAfterAccepting(t *testing.T) {
	t.Parallel()
	w := newFixture(t, directory.Options{})
	if status := w.invite(t, ""); status != http.StatusCreated {
		t.Fatal(status)
	}
	if waiting := w.usersAs(t, "dan")["grace@example.com"]; waiting["username"] != nil || waiting["enabled"] != true {
		t.Errorf("while the invitation is open: %v", waiting)
	}
	stranger := model.AnonymousActor(model.Console, "127.0.0.1", "")
	grace, key, err := w.Directory.AcceptInvitation(t.Context(), stranger, w.tokenMailedTo(t, "grace@example.com"),
		invitation.Acceptance{Username: "grace.h", Password: "nanoseconds"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Mail("grace@example.com"); err == nil {
		t.Error("a second letter went out")
	}
	w.users["grace.h"] = apitest.User{User: grace, APIKey: key.Reveal()}
	if answer := w.ask(t, "grace.h", "GET", "/profile", nil); answer.Code != http.StatusOK {
		t.Errorf("with the new key: %d %s", answer.Code, answer.Body)
	}
	if shown := w.usersAs(t, "grace.h")["grace.h"]; shown["api_key"] != key.Reveal() || shown["first_name"] != "Grace" {
		t.Errorf("afterwards: %v", shown)
	}
}

func TestInvitationGivesTheRequestedOrTheDefaultRole(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, extra string
		want        func(*fixture) model.RoleID
	}{
		{"none", "", func(*fixture) model.RoleID { return model.RoleMember }},
		{"nil", `<role-id nil="true"/>`, func(*fixture) model.RoleID { return model.RoleMember }},
		{"empty", `<role-id type="integer"></role-id>`, func(*fixture) model.RoleID { return model.RoleMember }},
		{"admin", `<role-id type="integer">1</role-id>`, func(*fixture) model.RoleID { return model.RoleAdmin }},
		{"own", `<role_id> %d </role_id>`, func(w *fixture) model.RoleID { return w.trusted }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t, directory.Options{})
			extra := tt.extra
			if strings.Contains(extra, "%d") {
				extra = fmt.Sprintf(extra, w.trusted)
			}
			if status := w.invite(t, extra); status != http.StatusCreated {
				t.Fatal(status)
			}
			if got := w.roleOf(t, "grace@example.com"); got != tt.want(w) {
				t.Errorf("role %d, want %d", got, tt.want(w))
			}
		})
	}
}

func (w *fixture) roleOf(t *testing.T, address string) model.RoleID {
	t.Helper()
	members, err := w.Directory.Members(t.Context(), model.Operator(), w.Home.ID)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(members, func(m directory.MemberUser) bool { return m.User.Primary().Address == address })
	if i < 0 {
		t.Fatalf("%s is not a member", address)
	}
	return members[i].Role.ID
}

func TestConcurrentInvitationsOfOneAddressCreateOneUser(t *testing.T) {
	t.Parallel()
	w := newFixture(t, directory.Options{})
	before := len(w.usersAs(t, "dan"))
	statuses := make([]int, 8)
	var all sync.WaitGroup
	for i := range statuses {
		all.Go(func() { statuses[i] = w.invite(t, "") })
	}
	all.Wait()
	slices.Sort(statuses)
	want := append([]int{http.StatusCreated}, slices.Repeat([]int{http.StatusUnprocessableEntity}, 7)...)
	if !slices.Equal(statuses, want) {
		t.Errorf("statuses %v", statuses)
	}
	if after := len(w.usersAs(t, "dan")); after != before+1 {
		t.Errorf("%d people more", after-before)
	}
	w.tokenMailedTo(t, "grace@example.com")
	if _, err := w.Mail("grace@example.com"); err == nil {
		t.Error("more than one letter went out")
	}
}

func TestAllUsersOfAnAccountAreInOneResponse(t *testing.T) {
	t.Parallel()
	w := newFixture(t, directory.Options{})
	before := len(w.usersAs(t, "dan"))
	for i := range 130 {
		_, err := w.Directory.CreateUser(t.Context(), model.Operator(), directory.NewUser{
			Username: fmt.Sprintf("extra%d", i), Limits: model.DefaultLimits(),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := len(w.usersAs(t, "dan")); got != before+130 {
		t.Errorf("%d users, want %d", got, before+130)
	}
}

func TestBlockedUserIsRejectedAndShownAsDisabled(t *testing.T) {
	t.Parallel()
	w := newFixture(t, directory.Options{})
	if _, err := w.Directory.BlockUser(t.Context(), w.ActorFor(w.users["admin"]), w.users["dan"].ID); err != nil {
		t.Fatal(err)
	}
	if answer := w.ask(t, "dan", "GET", "/profile", nil); answer.Code != http.StatusUnauthorized {
		t.Errorf("GET /profile: %d %s", answer.Code, answer.Body)
	}
	if shown := w.usersAs(t, "ada")["dan"]; shown["enabled"] != false {
		t.Errorf("enabled is %v", shown["enabled"])
	}
}

func TestAdministratorSeesAllKeysIfTheServerDisclosesThem(t *testing.T) {
	t.Parallel()
	w := newFixture(t, directory.Options{DiscloseAPIKeys: true})
	if got := w.usersAs(t, "admin")["dan"]["api_key"]; got != w.users["dan"].APIKey {
		t.Errorf("the administrator sees %v", got)
	}
	for _, name := range []string{"ada", "chief"} {
		if got := w.usersAs(t, name)["dan"]["api_key"]; got != nil {
			t.Errorf("%s sees the key of dan", name)
		}
	}
}

func TestTokensAndSessionsWorkAsTheKeyUntilTheyExpire(t *testing.T) {
	t.Parallel()
	c := apitest.NewClock()
	w := newFixture(t, directory.Options{Now: c.Now})
	for kind, text := range map[string]secret.Text{
		"token": w.token(t, "chief", model.ScopeAPI, c.Now().Add(time.Hour)), "session": w.session(t, "chief"),
	} {
		w.users[kind] = apitest.User{User: w.users["chief"].User, APIKey: text.Reveal()}
		if answer := w.ask(t, kind, "GET", "/profile", nil); answer.Code != http.StatusOK {
			t.Errorf("%s: %d %s", kind, answer.Code, answer.Body)
		}
	}
	c.Advance(365 * 24 * time.Hour)
	for _, kind := range []string{"token", "session"} {
		if answer := w.ask(t, kind, "GET", "/profile", nil); answer.Code != http.StatusUnauthorized {
			t.Errorf("expired %s: %d %s", kind, answer.Code, answer.Body)
		}
	}
}

func (w *fixture) token(t *testing.T, name string, scope model.Scope, expires time.Time) secret.Text {
	t.Helper()
	p := w.users[name]
	_, text, err := w.Directory.CreateToken(t.Context(), w.ActorFor(p), credential.NewToken{
		Owner: p.ID, Name: "test", Scopes: model.Scopes{scope}, ExpiresAt: expires,
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (w *fixture) session(t *testing.T, name string) secret.Text {
	t.Helper()
	stranger := model.AnonymousActor(model.Wekan, "127.0.0.1", "")
	made, err := w.Directory.LogIn(t.Context(), stranger,
		login.Attempt{Name: name, Password: secret.Text(w.users[name].Password)}, model.WekanLogin)
	if err != nil {
		t.Fatal(err)
	}
	return made.Token
}

func TestTokenWithReadScopeNeitherWritesNorShowsTheKey(t *testing.T) {
	t.Parallel()
	w := newFixture(t, directory.Options{})
	chief := w.users["chief"]
	text := w.token(t, "chief", model.ScopeReadAPI, time.Time{})
	w.users["reader"] = apitest.User{User: chief.User, APIKey: text.Reveal()}
	if got := w.usersAs(t, "reader")["chief"]; got == nil || got["api_key"] != nil {
		t.Errorf("the reader sees %v", got)
	}
	for path, body := range map[string]string{
		"/users":                       fmt.Sprintf(invitationXML, ""),
		"/users/chief/public_keys":     "<public-key/>",
		"/awesome-project/assignments": "<users/>",
	} {
		if answer := w.ask(t, "reader", "POST", path, strings.NewReader(body)); answer.Code != http.StatusForbidden {
			t.Errorf("POST %s: %d %s", path, answer.Code, answer.Body)
		}
	}
}

func TestProjectsAreThoseThatTheActorCanSee(t *testing.T) {
	t.Parallel()
	w := newFixture(t, directory.Options{})
	limited, err := w.Directory.CreateRole(t.Context(), model.Operator(), role.NewRole{Org: w.Home.ID, Name: "Guest"})
	if err != nil {
		t.Fatal(err)
	}
	w.users["guest"] = w.AddMemberTo(w.Home.ID, limited.ID, "guest")
	w.project(t, project.NewProject{Name: "Guests only"}, "guest")
	for name, want := range map[string][3]int{
		"guest": {1, http.StatusOK, http.StatusNotFound}, "dan": {3, http.StatusOK, http.StatusOK},
		"admin": {3, http.StatusOK, http.StatusOK}, "eve": {0, http.StatusNotFound, http.StatusNotFound},
	} {
		list := w.ask(t, name, "GET", "/projects", nil).Body.String()
		own := w.ask(t, name, "GET", "/projects/guests-only", nil).Code
		other := w.ask(t, name, "GET", "/projects/awesome-project", nil).Code
		if got := [3]int{strings.Count(list, "<project>"), own, other}; got != want {
			t.Errorf("%s sees %v, want %v: %s", name, got, want, list)
		}
	}
}
