package e2e

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/role"
)

// ActiveSupport converts values by the attribute type, dashes to underscores, and an element without
// text to nil, with or without nil="true".

// railsUser returns a user with few fields set, and changes to that.
func railsUser(u model.User, changes document) document {
	return with(document{
		"company": nil, "access_level": nil, "last_activity_at": nil, "api_key": nil, "email_address": u.Primary().Address,
		"id": u.ID, "last_name": nil, "first_name": nil, "time_zone": nil, "username": u.Username, "assignments": []any{}, "enabled": true,
	}, changes)
}

func railsProject(p model.Project, group any) document {
	return document{
		"group_id": group, "icon": 1, "name": p.Name, "overview": nil, "start_page": "overview", "status": p.Status, "permalink": p.Permalink,
	}
}

// runRuby runs the driver codebase.rb as p of the account.
func (s *server) runRuby(base, account string, p testUser) document {
	s.t.Helper()
	return s.runDriverWith("codebase.rb", []string{base}, "CLIENT_LOGIN="+account+"/"+p.Username, "CLIENT_PASSWORD="+p.Key)
}

// project creates a project of org, and assigns users to it.
func (s *server) project(org model.OrgID, n project.NewProject, people ...model.UserID) model.Project {
	s.t.Helper()
	n.Org = org
	made, err := s.App.Directory.CreateProject(s.t.Context(), model.Operator(), n)
	s.must(err)
	s.must(s.App.Directory.Assign(s.t.Context(), model.Operator(), org, made.Permalink, people))
	return made
}

// change changes a user.
func (s *server) change(p testUser, c directory.UserChange) testUser {
	s.t.Helper()
	u, err := s.App.Directory.ChangeUser(s.t.Context(), model.Operator(), p.ID, c)
	s.must(err)
	p.User = u
	return p
}

// invite creates an invited user through the API.
func (s *server) invite(account string, inviter testUser, given, family, address string) model.User {
	s.t.Helper()
	body, err := json.Marshal(document{"user": document{"first_name": given, "last_name": family, "email_address": address}})
	s.must(err)
	a := s.call(http.MethodPost, "/codebase/users", string(body), basic(account, inviter.Username, inviter.Key), "Content-Type: application/json")
	var made struct {
		ID model.UserID `xml:"id"`
	}
	if err := xml.Unmarshal([]byte(a.Body), &made); a.Status != http.StatusCreated || err != nil {
		s.t.Fatalf("%d %s (%v)", a.Status, a.Body, err)
	}
	u, err := s.App.Directory.User(s.t.Context(), model.Operator(), made.ID)
	s.must(err)
	return u
}

const (
	hardName    = `Zoë & <b>"O'Neil"</b> é😀`
	hardCompany = `Lab & Sons <"é"> ]]>`
)

func TestRubyClientParsesCodebaseResponses(t *testing.T) {
	t.Parallel()
	eachRoot(t, "/codebase", func(_ *testing.T, s *server, base string) {
		org := s.organization("Awesome & Works")
		orgAdmin := s.member("chief", org.ID, model.RoleAdmin)
		dan := s.change(s.member("dan", org.ID, 0), directory.UserChange{Name: new("Dan Wentworth"), TimeZone: new("London")})
		zoe := s.change(s.member("zoe.b", org.ID, 0), directory.UserChange{Name: new("Zoë " + hardName), Company: new(hardCompany)})
		off := s.member("off", org.ID, 0)
		_, err := s.App.Directory.BlockUser(s.t.Context(), model.Operator(), off.ID)
		s.must(err)
		waiting := s.invite(org.Slug, orgAdmin, "In", "Vited <&>", "in.vited@people.example")
		plain := s.project(org.ID, project.NewProject{Name: "Awesome project"}, dan.ID)
		grouped := s.project(org.ID, project.NewProject{Name: hardName, Group: "Web <Apps>", Status: model.ProjectOnHold}, dan.ID, zoe.ID)
		trusted := s.roleOf(org.ID, role.NewRole{Name: `Trusted "Users" & é`, Permissions: []model.Permission{model.ProjectsReadAll}, Default: true})
		nothing := s.roleOf(org.ID, role.NewRole{Name: "Nothing"})

		me := railsUser(orgAdmin.User, document{"first_name": "Chief", "last_name": "Example", "api_key": orgAdmin.Key})
		s.compare(document{
			"profile": document{"user": me},
			"users": document{"users": []any{
				me,
				railsUser(dan.User, document{
					"first_name": "Dan", "last_name": "Wentworth", "time_zone": "London",
					"assignments": []any{railsProject(plain, nil), railsProject(grouped, "Web <Apps>")},
				}),
				railsUser(zoe.User, document{
					"first_name": "Zoë", "last_name": hardName, "company": hardCompany,
					"assignments": []any{railsProject(grouped, "Web <Apps>")},
				}),
				railsUser(off.User, document{"first_name": "Off", "last_name": "Example", "enabled": false}),
				railsUser(waiting, document{"first_name": "In", "last_name": "Vited <&>", "username": nil}),
			}},
			"roles": document{"roles": []any{
				railsRole(model.RoleAdmin, "Admin", false, model.BuiltinPermissions(model.RoleAdmin)),
				railsRole(model.RoleMember, "Member", false, model.BuiltinPermissions(model.RoleMember)),
				railsRole(model.RolePending, "Pending", false, nil),
				railsRole(trusted.ID, `Trusted "Users" & é`, true, []model.Permission{model.ProjectsReadAll}),
				railsRole(nothing.ID, "Nothing", false, nil),
			}},
		}, s.runRuby(base, org.Slug, orgAdmin))
	})
}

func (s *server) roleOf(org model.OrgID, n role.NewRole) model.Role {
	s.t.Helper()
	n.Org = org
	role, err := s.App.Directory.CreateRole(s.t.Context(), model.Operator(), n)
	s.must(err)
	return role
}

func railsRole(id model.RoleID, name string, isDefault bool, permissions []model.Permission) document {
	if permissions == nil {
		permissions = []model.Permission{}
	}
	return document{"id": id, "name": name, "default": isDefault, "permissions": permissions}
}

// The list has type="array". Parsers that ignore the attribute make a list with one element an object.
func TestRubyClientGetsAListForASingleUser(t *testing.T) {
	t.Parallel()
	eachRoot(t, "/codebase", func(_ *testing.T, s *server, base string) {
		s.admin("root")
		org := s.organization("Only One")
		one := s.member("one", org.ID, model.RoleAdmin)
		project := s.project(org.ID, project.NewProject{Name: "Lonely"}, one.ID)
		me := railsUser(one.User, document{
			"first_name": "One", "last_name": "Example", "api_key": one.Key, "assignments": []any{railsProject(project, nil)},
		})
		got := s.runRuby(base, org.Slug, one)
		s.compare(document{"profile": document{"user": me}, "users": document{"users": []any{me}}},
			with(got, document{"roles": gone{}}))
	})
}

// With the setting, only an administrator gets the keys.
func TestRubyClientGetsKeysOfOthersOnlyIfTheServerDisclosesThem(t *testing.T) {
	t.Parallel()
	for setting, shown := range map[string]bool{"own": false, "admins": true} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			s := start(t, map[string]string{"disclose_api_keys": setting})
			root, ben := s.admin("root"), s.member("ben", 0, 0)
			given, family, _ := strings.Cut(root.Name, " ")
			admin := railsUser(root.User, document{"first_name": orNil(given), "last_name": orNil(family)})
			plain := railsUser(ben.User, document{"first_name": "Ben", "last_name": "Example"})
			own, key := document{"api_key": root.Key}, document{"api_key": ben.Key}
			seen := plain
			if shown {
				seen = with(plain, key)
			}
			s.compare(document{"users": []any{with(admin, own), seen}}, s.runRuby(s.URL, s.Home.Slug, root)["users"].(document))
			s.compare(document{"users": []any{admin, with(plain, key)}}, s.runRuby(s.URL, s.Home.Slug, ben)["users"].(document))
		})
	}
}

// orNil returns nil for an empty text, as ActiveSupport does.
func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}
