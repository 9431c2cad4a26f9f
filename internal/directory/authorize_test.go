package directory_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/role"
	"roster.example/roster/internal/secret"
)

func TestScopesAllowOnlyTheirPermissions(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada", admin)
	read := []model.Permission{
		model.SelfRead, model.UsersRead, model.RolesRead, model.ProjectsReadAll, model.AuditRead,
	}
	table := map[model.Scope][]model.Permission{
		model.ScopeAPI: slices.DeleteFunc(model.AllPermissions(), func(p model.Permission) bool {
			return p == model.Public || p == model.ActAsOthers
		}),
		model.ScopeReadAPI:  read,
		model.ScopeReadUser: {model.SelfRead, model.UsersRead},
		model.ScopeSudo:     {model.ActAsOthers, model.SelfRead, model.UsersRead},
	}
	for _, scope := range model.AllScopes() {
		scopes := []model.Scope{scope}
		if scope == model.ScopeSudo { // no token has it alone
			scopes = append(scopes, model.ScopeReadUser)
		}
		actor := h.Actor(ada, scopes...)
		for _, p := range model.AllPermissions() {
			want := p == model.Public || slices.Contains(table[scope], p)
			err := h.Require(t.Context(), actor, p)
			if (err == nil) != want {
				t.Errorf("scope %s, permission %s: got %v", scope, p, err)
			}
			if err != nil && !fault.Has(err, "scope", fault.SmallScope) {
				t.Errorf("scope %s, permission %s is rejected for another reason: %v", scope, p, err)
			}
		}
	}
}

// All pairs of scopes of the credential and requested scopes.
func TestCredentialCreatesNoneStrongerThanItself(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada", admin)
	api, readAPI, readUser, sudo := model.ScopeAPI, model.ScopeReadAPI, model.ScopeReadUser, model.ScopeSudo
	for _, c := range []struct {
		have, ask model.Scopes
		want      bool
	}{
		{model.Scopes{api, sudo}, model.Scopes{api, sudo}, true},
		{model.Scopes{api}, model.Scopes{api}, true},
		{model.Scopes{api}, model.Scopes{readAPI, readUser}, true},
		{model.Scopes{api}, model.Scopes{sudo}, false},
		{model.Scopes{api}, model.Scopes{api, sudo}, false},
		{model.Scopes{readAPI}, model.Scopes{readUser}, false}, // a token with a read scope creates nothing
		{model.Scopes{readAPI, sudo}, model.Scopes{readAPI}, false},
	} {
		_, _, err := h.CreateToken(t.Context(), h.Actor(ada, c.have...), credential.NewToken{Owner: ada.ID, Name: "x", Scopes: c.ask})
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
	actor := h.Actor(ada, model.ScopeAPI)
	secretWord := password("changed")
	operations := map[string]func() error{
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
		"own password as manager":   func() error { return h.change(actor, ada.ID, directory.UserChange{Password: &secretWord}) },
		"own address as manager":    func() error { return h.change(actor, ada.ID, directory.UserChange{Email: ref("x@example.org")}) },
		"make a user administrator": func() error { return h.change(actor, eve.ID, directory.UserChange{Admin: ref(true)}) },
		"make an administrator": func() error {
			_, err := h.CreateUser(t.Context(), actor, directory.NewUser{Username: "second", Password: secretWord, Admin: true})
			return err
		},
		"create a session for another user": func() error {
			_, _, err := h.CreateSessionFor(t.Context(), actor, eve.ID, model.WekanLogin)
			return err
		},
		"switch the organization": func() error { _, err := h.SwitchOrganization(t.Context(), actor, h.Home.ID); return err },
		"act as another user":     func() error { _, err := h.ActAs(t.Context(), actor, "eve"); return err },
	}
	for name, deed := range operations {
		if err := deed(); !fault.Has(err, "scope", fault.SmallScope) {
			t.Errorf("%s: got %v, want a refusal for the scope", name, err)
		}
	}
	keys := must(t, func() (map[model.UserID]secret.Text, error) {
		return h.APIKeys(t.Context(), actor, []model.UserID{ada.ID})
	})
	if len(keys) != 0 {
		t.Error("the API key shows in a list")
	}
	h.Must(h.change(actor, eve.ID, directory.UserChange{Bio: ref("fine"), Password: &secretWord}))
}

// The permissions of roles, in their organization and in another.
func TestRolesApplyInTheirOrganizationOnly(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme, other := h.AddOrganization("Acme"), h.AddOrganization("Other")
	inviters := must(t, func() (model.Role, error) {
		return h.CreateRole(t.Context(), operator(), role.NewRole{Org: acme.ID, Name: "Inviters",
			Permissions: []model.Permission{model.UsersInvite, model.UsersRead}})
	})
	held := map[model.RoleID][]model.Permission{
		model.RoleAdmin:   model.RolePermissions(),
		model.RoleMember:  {model.UsersRead, model.RolesRead, model.ProjectsReadAll},
		model.RolePending: nil,
		inviters.ID:       inviters.Permissions,
	}
	names := map[model.RoleID]string{model.RoleAdmin: "boss", model.RoleMember: "member", model.RolePending: "pending", inviters.ID: "inviter"}
	for role, name := range names {
		actor := h.Actor(h.AddUser(name, in(acme.ID, role)))
		for _, p := range model.RolePermissions() {
			got := fault.KindOf(h.Can(t.Context(), actor, p, acme.ID))
			err := h.Can(t.Context(), actor, p, acme.ID)
			if want := slices.Contains(held[role], p); (err == nil) != want || err != nil && got != fault.Forbidden {
				t.Errorf("%s, %s: got %v, want %v", name, p, err, want)
			}
			wantKind(t, h.Can(t.Context(), actor, p, other.ID), fault.NotFound)
			wantKind(t, h.Can(t.Context(), actor, p, 4711), fault.NotFound)
			wantKind(t, h.Can(t.Context(), actor, p, 0), fault.Forbidden)
		}
		for _, p := range []model.Permission{model.UsersManage, model.ActAsOthers, model.WebhooksManage, model.ServerManage} {
			if err := h.Can(t.Context(), actor, p, acme.ID); err == nil {
				t.Errorf("%s may %s through an organization", name, p)
			}
		}
	}
	boss := h.Actor(h.AddUser("root", admin))
	for _, p := range model.AllPermissions() {
		if err := h.Can(t.Context(), boss, p, acme.ID); err != nil {
			t.Errorf("an administrator may not %s: %v", p, err)
		}
	}
}

func TestUsersSeeMembersOfTheirOrganizationsOnly(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme, other := h.AddOrganization("Acme"), h.AddOrganization("Other")
	users := map[string]model.User{
		"root": h.AddUser("root", admin), "amy": h.AddUser("amy", in(acme.ID, model.RoleMember)),
		"abe": h.AddUser("abe", in(acme.ID, model.RoleAdmin)), "odo": h.AddUser("odo", in(other.ID, model.RoleMember)),
		"pip": h.AddUser("pip", in(acme.ID, model.RolePending)),
	}
	sees := map[string][]string{
		"root": {"abe", "amy", "odo", "pip", "root"}, "amy": {"abe", "amy", "pip"}, "abe": {"abe", "amy", "pip"}, "odo": {"odo"}, "pip": {"pip"},
	}
	for name, u := range users {
		actor := h.Actor(u)
		page := must(t, func() (model.Page[model.User], error) {
			return h.Users(t.Context(), actor, model.UserFilter{})
		})
		var got []string
		for _, seen := range page.Items {
			got = append(got, seen.Username)
		}
		slices.Sort(got)
		if diff := cmp.Diff(sees[name], got); diff != "" || page.Total != len(got) {
			t.Errorf("%s sees (total %d) -want +got\n%s", name, page.Total, diff)
		}
		for other, target := range users {
			h.wantLookups(actor, target, slices.Contains(sees[name], other))
		}
	}
}

// wantLookups fails unless every lookup of a user has the same result, and a hidden user the same
// error as a missing one.
func (h *fixture) wantLookups(actor model.Actor, u model.User, want bool) {
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
			h.T.Errorf("%d looking for %s by %s gets %v; for an unknown user %v", actor.UserID(), u.Username, way, err, nobody)
		}
	}
}

// A member of one organization does not see other memberships of its members.
func TestSharedOrganizationDoesNotShowTheOthers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme, other := h.AddOrganization("Acme"), h.AddOrganization("Secret")
	amy, abe := h.AddUser("amy", in(acme.ID, 0)), h.AddUser("abe", in(acme.ID, 0))
	h.Must(h.AddMember(t.Context(), operator(), other.ID, abe.ID, model.RoleAdmin))
	got := must(t, func() ([]model.Membership, error) { return h.MembershipsOf(t.Context(), h.Actor(amy), abe.ID) })
	if len(got) != 1 || got[0].Organization.ID != acme.ID {
		t.Errorf("amy sees abe in %v", got)
	}
	if own := must(t, func() ([]model.Membership, error) { return h.MembershipsOf(t.Context(), h.Actor(abe), abe.ID) }); len(own) != 2 {
		t.Errorf("abe sees himself in %v", own)
	}
}

// Absent and invisible organizations, projects, keys and tokens have the same error.
func TestInvisibleObjectsAreNotFound(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	boss := h.AddUser("boss", in(acme.ID, model.RoleAdmin))
	key := must(t, func() (model.SSHKey, error) {
		return h.AddKey(t.Context(), operator(), boss.ID, model.NewKey{Title: "k", Key: sshLine(t)})
	})
	_, _, err := h.CreateToken(t.Context(), operator(), credential.NewToken{Owner: boss.ID, Name: "t", Scopes: model.Scopes{model.ScopeAPI}})
	h.Must(err)
	tokens := must(t, func() ([]model.AccessToken, error) { return h.Tokens(t.Context(), operator(), boss.ID) })
	must(t, func() (model.Project, error) {
		return h.CreateProject(t.Context(), operator(), project.NewProject{Org: acme.ID, Name: "Plan"})
	})
	actor := h.Actor(h.AddUser("eve"))
	eve := actor.UserID()
	pairs := map[string]func(org model.OrgID, owner model.UserID, key model.KeyID, token model.TokenID) error{
		"organization": func(org model.OrgID, _ model.UserID, _ model.KeyID, _ model.TokenID) error {
			got, err := h.Organization(t.Context(), actor, org)
			if got.ID != 0 {
				t.Error("the organization comes with the refusal")
			}
			return err
		},
		"members": func(org model.OrgID, _ model.UserID, _ model.KeyID, _ model.TokenID) error {
			_, err := h.Members(t.Context(), actor, org)
			return err
		},
		"leave": func(org model.OrgID, _ model.UserID, _ model.KeyID, _ model.TokenID) error {
			return h.RemoveMembers(t.Context(), actor, org, []model.UserID{eve})
		},
		"assigned": func(org model.OrgID, _ model.UserID, _ model.KeyID, _ model.TokenID) error {
			_, err := h.Assigned(t.Context(), actor, org, "plan")
			return err
		},
		"projects": func(org model.OrgID, _ model.UserID, _ model.KeyID, _ model.TokenID) error {
			_, err := h.Projects(t.Context(), actor, org)
			return err
		},
		"foreign owner's key": func(_ model.OrgID, owner model.UserID, key model.KeyID, _ model.TokenID) error {
			_, err := h.RemoveKey(t.Context(), actor, owner, key)
			return err
		},
		"own owner, foreign key": func(_ model.OrgID, _ model.UserID, key model.KeyID, _ model.TokenID) error {
			_, err := h.Key(t.Context(), actor, eve, key)
			return err
		},
		"foreign owner's token": func(_ model.OrgID, owner model.UserID, _ model.KeyID, token model.TokenID) error {
			return h.RevokeToken(t.Context(), actor, owner, token)
		},
		"own owner, foreign token": func(_ model.OrgID, _ model.UserID, _ model.KeyID, token model.TokenID) error {
			return h.RevokeToken(t.Context(), actor, eve, token)
		},
		"foreign tokens": func(_ model.OrgID, owner model.UserID, _ model.KeyID, _ model.TokenID) error {
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
	blind := must(t, func() (model.Role, error) {
		return h.CreateRole(t.Context(), operator(), role.NewRole{Org: h.Home.ID, Name: "Planners",
			Permissions: []model.Permission{model.ProjectsManage, model.ProjectsReadAll}})
	})
	plan, amy := h.AddUser("plan", in(h.Home.ID, blind.ID)), h.AddUser("amy")
	actor := h.Actor(plan)
	p := must(t, func() (model.Project, error) {
		return h.CreateProject(t.Context(), actor, project.NewProject{Org: h.Home.ID, Name: "Plan"})
	})
	both := []model.UserID{plan.ID, amy.ID}
	lists := []func(model.Actor) ([]model.User, error){
		func(actor model.Actor) ([]model.User, error) {
			if err := h.Assign(t.Context(), actor, h.Home.ID, p.Permalink, both); err != nil {
				return nil, err
			}
			return h.Assigned(t.Context(), actor, h.Home.ID, p.Permalink)
		},
		func(actor model.Actor) ([]model.User, error) {
			return h.Assigned(t.Context(), actor, h.Home.ID, p.Permalink)
		},
	}
	for i, list := range lists {
		if users := must(t, func() ([]model.User, error) { return list(actor) }); len(users) != 1 || users[0].ID != plan.ID {
			t.Errorf("list %d shows %v", i, users)
		}
		if users := must(t, func() ([]model.User, error) { return list(operator()) }); len(users) != 2 {
			t.Errorf("list %d shows the operator %v", i, users)
		}
	}
}
