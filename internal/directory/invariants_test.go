//go:build !race

package directory_test

import (
	"testing"

	"pgregory.net/rapid"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// After every sequence of operations the server has an administrator, every organization that
// had an Admin has one, and no credential of a blocked or deleted user is valid.
func TestInvariantsHoldThroughAnySequenceOfOperations(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := newFixture(t)
		w := &invariantModel{fixture: h, secrets: map[model.UserID][]secret.Text{}, led: map[model.OrgID]bool{}}
		w.begin()
		for range rapid.IntRange(1, 12).Draw(rt, "operations") {
			w.step(rt)
			w.check(rt)
		}
		w.checkRevoked(rt)
		h.Must(h.Store.Close())
	})
}

type invariantModel struct {
	*fixture
	orgs    []model.Organization
	users   []model.User
	secrets map[model.UserID][]secret.Text
	dead    []secret.Text        // ended; must stay invalid
	led     map[model.OrgID]bool // had an Admin at the last check
}

func (w *invariantModel) begin() {
	w.orgs = []model.Organization{w.Home, w.AddOrganization("Acme")}
	w.users = []model.User{
		w.AddUser("root", admin), w.AddUser("abe", in(w.orgs[1].ID, model.RoleAdmin)), w.AddUser("amy", in(w.orgs[1].ID, 0)), w.AddUser("eve"),
	}
	for _, u := range w.users {
		w.secrets[u.ID] = []secret.Text{w.AddToken(u), must(w.T, func() (secret.Text, error) { return w.AddSession(u.Username, model.WekanLogin) })}
	}
}

// step runs an operation that may be rejected, but not with an internal error.
func (w *invariantModel) step(rt *rapid.T) {
	u := rapid.SampledFrom(w.users).Draw(rt, "user")
	org := rapid.SampledFrom(w.orgs).Draw(rt, "organization").ID
	role := rapid.SampledFrom([]model.RoleID{model.RoleAdmin, model.RoleMember, model.RolePending}).Draw(rt, "role")
	ctx, op, one := w.T.Context(), operator(), []model.UserID{u.ID}
	operations := map[string]func() error{
		"block":   func() error { return none(w.BlockUser(ctx, op, u.ID)) },
		"unblock": func() error { return none(w.UnblockUser(ctx, op, u.ID)) },
		"delete":  func() error { return none(w.DeleteUser(ctx, op, u.ID)) },
		"grant":   func() error { return w.change(op, u.ID, directory.UserChange{Admin: ref(true)}) },
		"revoke":  func() error { return w.change(op, u.ID, directory.UserChange{Admin: ref(false)}) },
		"add":     func() error { return w.AddMember(ctx, op, org, u.ID, role) },
		"set":     func() error { return none(w.SetMemberRoles(ctx, op, org, one, role)) },
		"remove":  func() error { return w.RemoveMembers(ctx, op, org, one) },
		"token": func() error {
			_, text, err := w.CreateToken(ctx, op, credential.NewToken{Owner: u.ID, Name: "t", Scopes: model.Scopes{model.ScopeAPI}})
			if err == nil {
				w.secrets[u.ID] = append(w.secrets[u.ID], text)
			}
			return err
		},
		"login": func() error {
			text, err := w.AddSession(u.Username, model.WekanLogin)
			if err == nil {
				w.secrets[u.ID] = append(w.secrets[u.ID], text)
			}
			return err
		},
	}
	name := rapid.SampledFrom([]string{"block", "unblock", "delete", "grant", "revoke", "add", "set", "remove", "token", "login"}).Draw(rt, "deed")
	if err := operations[name](); err != nil && fault.KindOf(err) == fault.Internal {
		rt.Fatalf("%s: %v", name, err)
	}
}

func (w *invariantModel) check(rt *rapid.T) {
	if n, err := w.CheckAdministrators(w.T.Context(), operator()); err != nil {
		rt.Fatalf("%d administrators: %v", n, err)
	}
	for _, org := range w.orgs[1:] {
		members := must(w.T, func() ([]directory.MemberUser, error) { return w.Members(w.T.Context(), operator(), org.ID) })
		admins := 0
		for _, m := range members {
			if m.Role.ID == model.RoleAdmin {
				admins++
			}
		}
		// A user may join an organization without members with another role than Admin.
		if len(members) > 0 && admins == 0 && w.led[org.ID] {
			rt.Fatalf("%s has %d members and lost its Admin", org.Name, len(members))
		}
		w.led[org.ID] = admins > 0
	}
	for _, u := range w.users {
		now, err := w.User(w.T.Context(), operator(), u.ID)
		if err == nil && now.State == model.Active {
			continue
		}
		for _, text := range w.secrets[u.ID] {
			if w.IsValid(text) {
				rt.Fatalf("a credential of %s lives, who is %s", u.Username, now.State)
			}
		}
		w.dead = append(w.dead, w.secrets[u.ID]...)
		w.secrets[u.ID] = nil
	}
}

// checkRevoked checks revoked credentials at the end only: one that became valid again is still valid then.
func (w *invariantModel) checkRevoked(rt *rapid.T) {
	for _, text := range w.dead {
		if w.IsValid(text) {
			rt.Fatal("a credential lives whose owner was blocked or deleted")
		}
	}
}
