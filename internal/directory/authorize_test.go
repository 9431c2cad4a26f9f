package directory_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

func TestScopesOpenWhatTheyNameAndNothingElse(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada", admin)
	read := []directory.Permission{
		directory.SelfRead, directory.UsersRead, directory.RolesRead, directory.ProjectsReadAll, directory.AuditRead,
	}
	table := map[directory.Scope][]directory.Permission{
		directory.ScopeAPI: slices.DeleteFunc(directory.AllPermissions(), func(p directory.Permission) bool {
			return p == directory.Public || p == directory.ActAsOthers
		}),
		directory.ScopeReadAPI:  read,
		directory.ScopeReadUser: {directory.SelfRead, directory.UsersRead},
		directory.ScopeSudo:     {directory.ActAsOthers, directory.SelfRead, directory.UsersRead},
	}
	for _, scope := range directory.AllScopes() {
		scopes := []directory.Scope{scope}
		if scope == directory.ScopeSudo { // no token has it alone
			scopes = append(scopes, directory.ScopeReadUser)
		}
		actor := h.Actor(ada, scopes...)
		for _, p := range directory.AllPermissions() {
			want := p == directory.Public || slices.Contains(table[scope], p)
			err := h.Require(t.Context(), actor, p)
			if (err == nil) != want {
				t.Errorf("scope %s, permission %s: got %v", scope, p, err)
			}
			if err != nil && !fault.Has(err, "scope", fault.SmallScope) {
				t.Errorf("scope %s, permission %s is refused for another reason: %v", scope, p, err)
			}
		}
	}
}

// All pairs of scopes of the credential and requested scopes.
func TestCredentialCreatesNoneStrongerThanItself(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada", admin)
	api, readAPI, readUser, sudo := directory.ScopeAPI, directory.ScopeReadAPI, directory.ScopeReadUser, directory.ScopeSudo
	for _, c := range []struct {
		have, ask directory.Scopes
		want      bool
	}{
		{directory.Scopes{api, sudo}, directory.Scopes{api, sudo}, true},
		{directory.Scopes{api}, directory.Scopes{api}, true},
		{directory.Scopes{api}, directory.Scopes{readAPI, readUser}, true},
		{directory.Scopes{api}, directory.Scopes{sudo}, false},
		{directory.Scopes{api}, directory.Scopes{api, sudo}, false},
		{directory.Scopes{readAPI}, directory.Scopes{readUser}, false}, // a reading token makes nothing
		{directory.Scopes{readAPI, sudo}, directory.Scopes{readAPI}, false},
	} {
		_, _, err := h.CreateToken(t.Context(), h.Actor(ada, c.have...), directory.NewToken{Owner: ada.ID, Name: "x", Scopes: c.ask})
		if (err == nil) != c.want {
			t.Errorf("with %v asking for %v: %v", c.have, c.ask, err)
		}
	}
}

// Operations whose result is as powerful as a credential of full scope.
func TestLimitedCredentialCannotObtainAStrongerOne(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada, eve := h.AddUser("ada", admin), h.AddUser("eve")
	h.Must(func() error { _, err := h.RotateAPIKeyOf(t.Context(), operator(), ada.ID); return err }())
	actor := h.Actor(ada, directory.ScopeAPI)
	secretWord := password("changed")
	deeds := map[string]func() error{
		"see the API key": func() error { _, err := h.APIKey(t.Context(), actor); return err },
		"make an API key": func() error { _, err := h.RotateAPIKey(t.Context(), actor); return err },
		"own password": func() error {
			_, err := h.ChangeMe(t.Context(), actor, directory.SelfChange{Password: &secretWord})
			return err
		},
		"own address": func() error {
			_, err := h.ChangeMe(t.Context(), actor, directory.SelfChange{Email: ref("x@example.org")})
			return err
		},
		"own password as manager": func() error { return h.change(actor, ada.ID, directory.UserChange{Password: &secretWord}) },
		"own address as manager":  func() error { return h.change(actor, ada.ID, directory.UserChange{Email: ref("x@example.org")}) },
		"raise somebody":          func() error { return h.change(actor, eve.ID, directory.UserChange{Admin: ref(true)}) },
		"make an administrator": func() error {
			_, err := h.CreateUser(t.Context(), actor, directory.NewUser{Username: "second", Password: secretWord, Admin: true})
			return err
		},
		"open a session for somebody": func() error {
			_, _, err := h.CreateSessionFor(t.Context(), actor, eve.ID, directory.WekanLogin)
			return err
		},
		"switch the organization": func() error { _, err := h.SwitchOrganization(t.Context(), actor, h.Home.ID); return err },
		"act as somebody":         func() error { _, err := h.ActAs(t.Context(), actor, "eve"); return err },
	}
	for name, deed := range deeds {
		if err := deed(); !fault.Has(err, "scope", fault.SmallScope) {
			t.Errorf("%s: got %v, want a refusal for the scope", name, err)
		}
	}
	keys := must(t, func() (map[directory.UserID]secret.Text, error) {
		return h.APIKeys(t.Context(), actor, []directory.UserID{ada.ID})
	})
	if len(keys) != 0 {
		t.Error("the API key shows in a list")
	}
	h.Must(h.change(actor, eve.ID, directory.UserChange{Bio: ref("fine"), Password: &secretWord}))
}

func (h *fixture) change(actor directory.Actor, id directory.UserID, c directory.UserChange) error {
	_, err := h.ChangeUser(h.T.Context(), actor, id, c)
	return err
}

// The permissions of roles, in their organization and in another.
func TestRolesApplyInTheirOrganizationOnly(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme, other := h.AddOrganization("Acme"), h.AddOrganization("Other")
	inviters := must(t, func() (directory.Role, error) {
		return h.CreateRole(t.Context(), operator(), directory.NewRole{Org: acme.ID, Name: "Inviters",
			Permissions: []directory.Permission{directory.UsersInvite, directory.UsersRead}})
	})
	held := map[directory.RoleID][]directory.Permission{
		directory.RoleAdmin:   directory.RolePermissions(),
		directory.RoleMember:  {directory.UsersRead, directory.RolesRead, directory.ProjectsReadAll},
		directory.RolePending: nil,
		inviters.ID:           inviters.Permissions,
	}
	names := map[directory.RoleID]string{directory.RoleAdmin: "boss", directory.RoleMember: "member", directory.RolePending: "pending", inviters.ID: "inviter"}
	for role, name := range names {
		actor := h.Actor(h.AddUser(name, in(acme.ID, role)))
		for _, p := range directory.RolePermissions() {
			got := fault.KindOf(h.Can(t.Context(), actor, p, acme.ID))
			err := h.Can(t.Context(), actor, p, acme.ID)
			if want := slices.Contains(held[role], p); (err == nil) != want || err != nil && got != fault.Forbidden {
				t.Errorf("%s, %s: got %v, want %v", name, p, err, want)
			}
			wantKind(t, h.Can(t.Context(), actor, p, other.ID), fault.NotFound)
			wantKind(t, h.Can(t.Context(), actor, p, 4711), fault.NotFound)
			wantKind(t, h.Can(t.Context(), actor, p, 0), fault.Forbidden)
		}
		for _, p := range []directory.Permission{directory.UsersManage, directory.ActAsOthers, directory.WebhooksManage, directory.ServerManage} {
			if err := h.Can(t.Context(), actor, p, acme.ID); err == nil {
				t.Errorf("%s may %s through an organization", name, p)
			}
		}
	}
	boss := h.Actor(h.AddUser("root", admin))
	for _, p := range directory.AllPermissions() {
		if err := h.Can(t.Context(), boss, p, acme.ID); err != nil {
			t.Errorf("an administrator may not %s: %v", p, err)
		}
	}
}

func TestUsersSeeMembersOfTheirOrganizationsOnly(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme, other := h.AddOrganization("Acme"), h.AddOrganization("Other")
	people := map[string]directory.User{
		"root": h.AddUser("root", admin), "amy": h.AddUser("amy", in(acme.ID, directory.RoleMember)),
		"abe": h.AddUser("abe", in(acme.ID, directory.RoleAdmin)), "odo": h.AddUser("odo", in(other.ID, directory.RoleMember)),
		"pip": h.AddUser("pip", in(acme.ID, directory.RolePending)),
	}
	sees := map[string][]string{
		"root": {"abe", "amy", "odo", "pip", "root"}, "amy": {"abe", "amy", "pip"}, "abe": {"abe", "amy", "pip"}, "odo": {"odo"}, "pip": {"pip"},
	}
	for name, u := range people {
		actor := h.Actor(u)
		page := must(t, func() (directory.Page[directory.User], error) {
			return h.Users(t.Context(), actor, directory.UserFilter{})
		})
		var got []string
		for _, seen := range page.Items {
			got = append(got, seen.Username)
		}
		slices.Sort(got)
		if diff := cmp.Diff(sees[name], got); diff != "" || page.Total != len(got) {
			t.Errorf("%s sees (total %d) -want +got\n%s", name, page.Total, diff)
		}
		for other, target := range people {
			h.wantLookups(actor, target, slices.Contains(sees[name], other))
		}
	}
}

// wantLookups fails unless every lookup of a user has the same result, and a hidden user the same
// error as a missing one.
func (h *fixture) wantLookups(actor directory.Actor, u directory.User, want bool) {
	h.T.Helper()
	ctx := h.T.Context()
	_, nobody := h.User(ctx, actor, 4711)
	ways := map[string]error{}
	_, ways["id"] = h.User(ctx, actor, u.ID)
	_, ways["uid"] = h.UserByUID(ctx, actor, u.UID)
	_, ways["name"] = h.UserByUsername(ctx, actor, u.Username)
	_, ways["address"] = h.UserByEmail(ctx, actor, address(u.Username))
	_, ways["keys"] = h.Keys(ctx, actor, u.ID)
	_, ways["organizations"] = h.MembershipsOf(ctx, actor, u.ID)
	for way, err := range ways {
		if want && err != nil {
			h.T.Errorf("%d does not find %s by %s: %v", actor.UserID(), u.Username, way, err)
		}
		if !want && (err == nil || err.Error() != nobody.Error() || fault.KindOf(err) != fault.NotFound) {
			h.T.Errorf("%d looking for %s by %s hears %v; for nobody %v", actor.UserID(), u.Username, way, err, nobody)
		}
	}
}

// A member of one organization does not see other memberships of its members.
func TestSharedOrganizationDoesNotShowTheOthers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme, other := h.AddOrganization("Acme"), h.AddOrganization("Secret")
	amy, abe := h.AddUser("amy", in(acme.ID, 0)), h.AddUser("abe", in(acme.ID, 0))
	h.Must(h.AddMember(t.Context(), operator(), other.ID, abe.ID, directory.RoleAdmin))
	got := must(t, func() ([]directory.Membership, error) { return h.MembershipsOf(t.Context(), h.Actor(amy), abe.ID) })
	if len(got) != 1 || got[0].Organization.ID != acme.ID {
		t.Errorf("amy sees abe in %v", got)
	}
	if own := must(t, func() ([]directory.Membership, error) { return h.MembershipsOf(t.Context(), h.Actor(abe), abe.ID) }); len(own) != 2 {
		t.Errorf("abe sees himself in %v", own)
	}
}

// Absent and foreign organizations, projects, keys and tokens answer alike.
func TestForeignThingsAnswerLikeAbsentOnes(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	boss := h.AddUser("boss", in(acme.ID, directory.RoleAdmin))
	key := must(t, func() (directory.SSHKey, error) {
		return h.AddKey(t.Context(), operator(), boss.ID, directory.NewKey{Title: "k", Key: sshLine(t)})
	})
	_, _, err := h.CreateToken(t.Context(), operator(), directory.NewToken{Owner: boss.ID, Name: "t", Scopes: directory.Scopes{directory.ScopeAPI}})
	h.Must(err)
	tokens := must(t, func() ([]directory.AccessToken, error) { return h.Tokens(t.Context(), operator(), boss.ID) })
	must(t, func() (directory.Project, error) {
		return h.CreateProject(t.Context(), operator(), directory.NewProject{Org: acme.ID, Name: "Plan"})
	})
	actor := h.Actor(h.AddUser("eve"))
	eve := actor.UserID()
	pairs := map[string]func(org directory.OrgID, owner directory.UserID, key directory.KeyID, token directory.TokenID) error{
		"organization": func(org directory.OrgID, _ directory.UserID, _ directory.KeyID, _ directory.TokenID) error {
			got, err := h.Organization(t.Context(), actor, org)
			if got.ID != 0 {
				t.Error("the organization comes with the refusal")
			}
			return err
		},
		"members": func(org directory.OrgID, _ directory.UserID, _ directory.KeyID, _ directory.TokenID) error {
			_, err := h.Members(t.Context(), actor, org)
			return err
		},
		"leave": func(org directory.OrgID, _ directory.UserID, _ directory.KeyID, _ directory.TokenID) error {
			return h.RemoveMembers(t.Context(), actor, org, []directory.UserID{eve})
		},
		"assigned": func(org directory.OrgID, _ directory.UserID, _ directory.KeyID, _ directory.TokenID) error {
			_, err := h.Assigned(t.Context(), actor, org, "plan")
			return err
		},
		"projects": func(org directory.OrgID, _ directory.UserID, _ directory.KeyID, _ directory.TokenID) error {
			_, err := h.Projects(t.Context(), actor, org)
			return err
		},
		"foreign owner's key": func(_ directory.OrgID, owner directory.UserID, key directory.KeyID, _ directory.TokenID) error {
			_, err := h.RemoveKey(t.Context(), actor, owner, key)
			return err
		},
		"own owner, foreign key": func(_ directory.OrgID, _ directory.UserID, key directory.KeyID, _ directory.TokenID) error {
			_, err := h.Key(t.Context(), actor, eve, key)
			return err
		},
		"foreign owner's token": func(_ directory.OrgID, owner directory.UserID, _ directory.KeyID, token directory.TokenID) error {
			return h.RevokeToken(t.Context(), actor, owner, token)
		},
		"own owner, foreign token": func(_ directory.OrgID, _ directory.UserID, _ directory.KeyID, token directory.TokenID) error {
			return h.RevokeToken(t.Context(), actor, eve, token)
		},
		"foreign tokens": func(_ directory.OrgID, owner directory.UserID, _ directory.KeyID, _ directory.TokenID) error {
			_, err := h.Tokens(t.Context(), actor, owner)
			return err
		},
	}
	for name, ask := range pairs {
		foreign, absent := ask(acme.ID, boss.ID, key.ID, tokens[0].ID), ask(4711, 4711, 4711, 4711)
		if foreign == nil || absent == nil || foreign.Error() != absent.Error() {
			t.Errorf("%s: foreign %v, absent %v", name, foreign, absent)
		}
		wantKind(t, foreign, fault.NotFound)
	}
}

// A role that sees projects but not users does not see the assigned users.
func TestProjectShowsOnlyVisibleUsers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	blind := must(t, func() (directory.Role, error) {
		return h.CreateRole(t.Context(), operator(), directory.NewRole{Org: h.Home.ID, Name: "Planners",
			Permissions: []directory.Permission{directory.ProjectsManage, directory.ProjectsReadAll}})
	})
	plan, amy := h.AddUser("plan", in(h.Home.ID, blind.ID)), h.AddUser("amy")
	actor := h.Actor(plan)
	p := must(t, func() (directory.Project, error) {
		return h.CreateProject(t.Context(), actor, directory.NewProject{Org: h.Home.ID, Name: "Plan"})
	})
	both := []directory.UserID{plan.ID, amy.ID}
	lists := []func(directory.Actor) ([]directory.User, error){
		func(actor directory.Actor) ([]directory.User, error) {
			if err := h.Assign(t.Context(), actor, h.Home.ID, p.Permalink, both); err != nil {
				return nil, err
			}
			return h.Assigned(t.Context(), actor, h.Home.ID, p.Permalink)
		},
		func(actor directory.Actor) ([]directory.User, error) {
			return h.Assigned(t.Context(), actor, h.Home.ID, p.Permalink)
		},
	}
	for i, list := range lists {
		if users := must(t, func() ([]directory.User, error) { return list(actor) }); len(users) != 1 || users[0].ID != plan.ID {
			t.Errorf("list %d shows %v", i, users)
		}
		if users := must(t, func() ([]directory.User, error) { return list(operator()) }); len(users) != 2 {
			t.Errorf("list %d shows the operator %v", i, users)
		}
	}
}
