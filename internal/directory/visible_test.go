package directory_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
)

func TestMembersSeeTheirOrganizationsAndAdministratorsAll(t *testing.T) {
	t.Parallel()
	h := open(t)
	acme := h.org("Acme")
	h.org("Secret")
	eve, root := h.person("eve"), h.person("root", admin)
	h.must(h.AddMember(t.Context(), operator(), acme.ID, eve.ID, 0))
	for name, c := range map[string]struct {
		who  directory.Actor
		want []string
	}{
		"a member":         {h.as(eve), []string{"Home", "Acme"}},
		"an administrator": {h.as(root), []string{"Home", "Acme", "Secret"}},
		"the operator":     {operator(), []string{"Home", "Acme", "Secret"}},
		// What Organizations refuses, this does not show either.
		"an administrator who shows a token for reading people": {h.as(root, directory.ScopeReadUser), []string{"Home"}},
		"somebody else": {h.as(h.person("ada")), []string{"Home"}},
	} {
		var got []string
		h.must(h.EachOrganization(t.Context(), c.who, func(batch []directory.Organization) error {
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

func TestStatisticsCountAndAreForAdministrators(t *testing.T) {
	t.Parallel()
	h := open(t)
	root := h.as(h.person("root", admin))
	h.org("Acme")
	h.must(none(h.BlockUser(t.Context(), operator(), h.person("out").ID)))
	eve := h.as(h.person("eve"))
	got := need(t, func() (directory.Statistics, error) { return h.Statistics(t.Context(), root) })
	want := directory.Statistics{Users: 3, Active: 2, Blocked: 1, Admins: 1, Organizations: 2, Events: directory.EventID(len(h.events()))}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err := h.Statistics(t.Context(), eve)
	refused(t, err, directory.Forbidden)
}

func TestAdminsGiveMembersRolesAndAdministratorsAddPeople(t *testing.T) {
	t.Parallel()
	h := open(t)
	acme := h.org("Acme")
	root, eve := h.as(h.person("root", admin)), h.person("eve")
	boss := h.person("boss", in(acme.ID, directory.RoleAdmin))
	chief := h.as(boss)
	put := func(actor directory.Actor, user directory.UserID, role directory.RoleID) error {
		return h.PutMember(t.Context(), actor, acme.ID, user, role)
	}
	refused(t, put(chief, eve.ID, directory.RoleMember), directory.NotFound) // to a chief she is not there
	refused(t, put(chief, 4711, directory.RoleMember), directory.NotFound)
	h.must(put(root, eve.ID, directory.RoleMember))
	refused(t, put(h.as(eve), boss.ID, directory.RoleMember), directory.Forbidden)
	h.must(put(chief, eve.ID, directory.RolePending))
	members := need(t, func() ([]directory.MemberUser, error) { return h.Members(t.Context(), chief, acme.ID) })
	roles := map[directory.UserID]directory.RoleID{}
	for _, m := range members {
		roles[m.User.ID] = m.Role.ID
	}
	if want := map[directory.UserID]directory.RoleID{boss.ID: directory.RoleAdmin, eve.ID: directory.RolePending}; !cmp.Equal(want, roles) {
		t.Errorf("roles: %v", roles)
	}
	refused(t, put(chief, boss.ID, directory.RoleMember), directory.Forbidden) // the last Admin stays
	refused(t, put(root, eve.ID, 4711), directory.Invalid)
	refused(t, put(root, 4711, directory.RoleMember), directory.NotFound)
}
