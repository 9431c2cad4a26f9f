package directory_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func TestMembersSeeTheirOrganizationsAndAdministratorsAll(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	h.AddOrganization("Secret")
	eve, root := h.AddUser("eve"), h.AddUser("root", admin)
	h.Must(h.AddMember(t.Context(), operator(), acme.ID, eve.ID, 0))
	for name, c := range map[string]struct {
		who  model.Actor
		want []string
	}{
		"a member":         {h.Actor(eve), []string{"Home", "Acme"}},
		"an administrator": {h.Actor(root), []string{"Home", "Acme", "Secret"}},
		"the operator":     {operator(), []string{"Home", "Acme", "Secret"}},
		// It does not return organizations that Organizations rejects.
		"an administrator who shows a token for reading people": {h.Actor(root, model.ScopeReadUser), []string{"Home"}},
		"somebody else": {h.Actor(h.AddUser("ada")), []string{"Home"}},
	} {
		var got []string
		h.Must(h.EachOrganization(t.Context(), c.who, func(batch []model.Organization) error {
			for _, o := range batch {
				got = append(got, o.Name)
			}
			return nil
		}))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestStatisticsRequireAnAdministrator(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root := h.Actor(h.AddUser("root", admin))
	h.AddOrganization("Acme")
	h.Must(none(h.BlockUser(t.Context(), operator(), h.AddUser("out").ID)))
	eve := h.Actor(h.AddUser("eve"))
	got := must(t, func() (directory.Statistics, error) { return h.Statistics(t.Context(), root) })
	want := directory.Statistics{Users: 3, Active: 2, Blocked: 1, Admins: 1, Organizations: 2, Events: model.EventID(len(h.AllEvents()))}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err := h.Statistics(t.Context(), eve)
	wantKind(t, err, fault.Forbidden)
}

func TestAdminsSetRolesAndAdministratorsAddMembers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	root, eve := h.Actor(h.AddUser("root", admin)), h.AddUser("eve")
	boss := h.AddUser("boss", in(acme.ID, model.RoleAdmin))
	chief := h.Actor(boss)
	put := func(actor model.Actor, user model.UserID, role model.RoleID) error {
		return h.SetMemberRole(t.Context(), actor, acme.ID, user, role)
	}
	wantKind(t, put(chief, eve.ID, model.RoleMember), fault.NotFound) // the Admin cannot see her
	wantKind(t, put(chief, 4711, model.RoleMember), fault.NotFound)
	h.Must(put(root, eve.ID, model.RoleMember))
	wantKind(t, put(h.Actor(eve), boss.ID, model.RoleMember), fault.Forbidden)
	h.Must(put(chief, eve.ID, model.RolePending))
	members := must(t, func() ([]directory.MemberUser, error) { return h.Members(t.Context(), chief, acme.ID) })
	roles := map[model.UserID]model.RoleID{}
	for _, m := range members {
		roles[m.User.ID] = m.Role.ID
	}
	if want := map[model.UserID]model.RoleID{boss.ID: model.RoleAdmin, eve.ID: model.RolePending}; !cmp.Equal(want, roles) {
		t.Errorf("roles: %v", roles)
	}
	wantKind(t, put(chief, boss.ID, model.RoleMember), fault.Forbidden) // the last Admin stays
	wantKind(t, put(root, eve.ID, 4711), fault.Invalid)
	wantKind(t, put(root, 4711, model.RoleMember), fault.NotFound)
}
