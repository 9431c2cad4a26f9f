package role_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/role"
)

func TestRolesThatLookAlikeAreTaken(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	boss := h.Actor(h.AddUser("boss", func(n *directory.NewUser) { n.Role = model.RoleAdmin }))
	create := func(actor model.Actor, name string) (model.Role, error) {
		return h.CreateRole(t.Context(), actor, role.NewRole{Org: h.Home.ID, Name: name})
	}
	_, err := create(boss, "Guests")
	h.Must(err)
	other, err := create(boss, "Others")
	h.Must(err)
	for _, name := range []string{"Аdmin", "АDМІN", "Adm1n", "Ad-min", "ａｄｍｉｎ", "Mеmber", "Pending.", "Guеsts", "Ｇｕｅｓｔｓ", "GUESTS", "Guests "} {
		_, err := create(operator(), name)
		wantFault(t, err, "name", fault.Taken)
		if _, err = create(boss, name); err == nil {
			t.Errorf("%q is created", name)
		}
		_, err = h.ChangeRole(t.Context(), operator(), h.Home.ID, other.ID, role.Change{Name: ref(name)})
		wantFault(t, err, "name", fault.Taken)
	}
	_, err = create(boss, "Plаnners")
	wantFault(t, err, "name", fault.Malformed)
	for _, name := range []string{"Guest", "Members", "Отдел IT", "Guests 2", "Gäste"} {
		_, err := create(boss, name)
		h.Must(err)
	}
}
