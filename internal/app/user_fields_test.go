package app

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
)

// fieldsRequest is a request that returns the user eve, and the private fields of eve in the response to
// eve, to other users and to administrators: see [fieldsServer.shown].
type fieldsRequest struct {
	api, path           string
	own, other, manager string
}

// fieldsRequests are the requests of all APIs that return other users.
func fieldsRequests() []fieldsRequest {
	const native, gitlab = "account addresses identities limits", "identities limits"
	return []fieldsRequest{
		{"native", "/api/v1/users/EVE", native, "", native},
		{"native", "/api/v1/users?search=eve", native, "", native},
		{"native", "/api/v1/organizations/HOME/members?search=eve", native, "", native},
		{"native", "/api/v1/organizations/HOME/projects/plan/assignees", native, "", native},
		{"native", "/api/v1/users/EVE/emails", "addresses", "", "addresses"},
		{"gitlab", "/api/v3/users/EVE", gitlab, gitlab, gitlab},
		{"gitlab", "/api/v3/users?search=eve", gitlab, gitlab, gitlab},
		{"gitlab", "/api/v3/users?username=eve", gitlab, gitlab, gitlab},
		{"wekan", "/wekan/api/users/UID", "", "", "addresses"},
		{"wekan", "/wekan/api/users", "", "", ""},
		{"codebase", "/codebase/users.json", "key", "", ""},
		{"codebase", "/codebase/plan/assignments.json", "addresses", "", "addresses"},
		{"pm415", "/pm415/api/org/HOME/users", "", "", ""},
	}
}

// basicFieldsRequests are requests of a server with gitlab.user_visibility = "basic".
func basicFieldsRequests() []fieldsRequest {
	const native, gitlab = "account addresses identities limits", "identities limits"
	return []fieldsRequest{
		{"native", "/api/v1/users/EVE", native, "", native},
		{"gitlab", "/api/v3/users/EVE", "", "", gitlab},
		{"gitlab", "/api/v3/users?search=eve", "", "", gitlab},
		{"gitlab", "/api/v3/users?username=eve", "", "", gitlab},
	}
}

// fieldsCaller is a caller and the fields that it sees.
type fieldsCaller struct {
	name, key string
	sudo      string // the user that the caller acts as, in APIs that have this
	sees      func(fieldsRequest) string
}

func seesOwn(r fieldsRequest) string     { return r.own }
func seesOther(r fieldsRequest) string   { return r.other }
func seesManaged(r fieldsRequest) string { return r.manager }

// fieldsServer is a server with a caller of each kind, and the user eve with every private field.
type fieldsServer struct {
	*testServer
	eve     testUser
	callers map[string]fieldsCaller
	paths   *strings.Replacer
}

func newFieldsServer(t *testing.T, given map[string]string) *fieldsServer {
	t.Helper()
	h := newTestServer(t, given)
	ctx, d, operator := t.Context(), h.Directory, model.Operator()
	home, err := d.OrganizationNamed(ctx, operator, "home")
	must(t, err)
	ada, boss, bob, eve := h.createUser(t, "ada", true), h.createUser(t, "boss", false), h.createUser(t, "bob", false), h.createUser(t, "eve", false)
	must(t, d.SetMemberRole(ctx, operator, home.ID, boss.ID, model.RoleAdmin))
	_, err = d.AddEmail(ctx, operator, eve.ID, "second@private.example")
	must(t, err)
	_, err = d.ChangeUser(ctx, operator, eve.ID, directory.UserChange{Identity: &model.Identity{Provider: "private-provider", ExternalUID: "private-uid"}})
	must(t, err)
	plan, err := d.CreateProject(ctx, operator, project.NewProject{Org: home.ID, Name: "Plan"})
	must(t, err)
	must(t, d.Assign(ctx, operator, home.ID, plan.Permalink, []model.UserID{eve.ID}))
	_, reading, err := d.CreateToken(ctx, operator, credential.NewToken{Owner: ada.ID, Name: "reads", Scopes: model.Scopes{model.ScopeReadUser}})
	must(t, err)
	return &fieldsServer{
		testServer: h, eve: eve,
		paths: strings.NewReplacer("EVE", fmt.Sprint(eve.ID), "UID", eve.UID, "HOME", fmt.Sprint(home.ID)),
		callers: map[string]fieldsCaller{
			"the user":                       {"eve", eve.key, "", seesOwn},
			"a member":                       {"bob", bob.key, "", seesOther},
			"an Admin of the organization":   {"boss", boss.key, "", seesOther},
			"an administrator":               {"ada", ada.key, "", seesManaged},
			"a reading administrator":        {"ada", reading.Reveal(), "", seesOther},
			"an administrator acting as bob": {"ada", ada.key, "bob", seesOther},
		},
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// headers returns the credential as clients of the API send it.
func (c fieldsCaller) headers(api string) []string {
	credential := "Authorization: Bearer " + c.key
	switch api {
	case "gitlab":
		credential = "PRIVATE-TOKEN: " + c.key
	case "codebase":
		credential = "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("home/"+c.name+":"+c.key))
	}
	if c.sudo == "" {
		return []string{credential}
	}
	return []string{credential, "Sudo: " + c.sudo}
}

// shown returns the private fields of eve in the response, by a text that only they contain.
func (s *fieldsServer) shown(t *testing.T, r fieldsRequest, c fieldsCaller) string {
	t.Helper()
	w := request(t, s.main, "GET", s.paths.Replace(r.path), "", c.headers(r.api)...)
	if w.Code != http.StatusOK && c.sees(r) != "" {
		t.Errorf("%s: status %d %s", r.path, w.Code, w.Body)
	}
	var found []string
	for field, text := range map[string]string{
		"addresses": "second@private.example", "identities": "private-provider", "limits": `"can_create_group"`, "account": `"has_password"`, "key": s.eve.key,
	} {
		if strings.Contains(w.Body.String(), text) {
			found = append(found, field)
		}
	}
	slices.Sort(found)
	return strings.Join(found, " ")
}

// Every API shows the same private fields of a user to the same caller, except what GitLab 6 shows to
// everyone.
func TestPrivateFieldsAreShownToTheUserAndAdministratorsOnly(t *testing.T) {
	t.Parallel()
	for visibility, requests := range map[string][]fieldsRequest{"full": fieldsRequests(), "basic": basicFieldsRequests()} {
		s := newFieldsServer(t, map[string]string{"gitlab.user_visibility": visibility})
		for kind, c := range s.callers {
			for _, r := range requests {
				if c.sudo != "" && r.api != "native" && r.api != "gitlab" {
					continue // these APIs have no impersonation
				}
				if got, want := s.shown(t, r, c), c.sees(r); got != want {
					t.Errorf("with %s, %s sees %q in %s %s, want %q", visibility, kind, got, r.api, r.path, want)
				}
			}
		}
	}
}
