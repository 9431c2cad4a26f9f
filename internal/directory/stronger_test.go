package directory_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func TestAdminOfTheHomeOrganizationCannotChangeAnAdministrator(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root := h.AddUser("root", admin)
	plain := h.AddUser("plain", admin)
	h.Must(none(h.SetMemberRoles(t.Context(), operator(), h.Home.ID, []model.UserID{plain.ID}, model.RoleMember)))
	boss, eve := h.AddUser("boss", in(h.Home.ID, model.RoleAdmin)), h.AddUser("eve")
	actor, ctx := h.Actor(boss), t.Context()
	for _, target := range []model.User{root, plain} {
		for name, operation := range map[string]func() error{
			"remove":        func() error { return h.RemoveMembers(ctx, actor, h.Home.ID, []model.UserID{target.ID}) },
			"remove beside": func() error { return h.RemoveMembers(ctx, actor, h.Home.ID, []model.UserID{eve.ID, target.ID}) },
			"demote": func() error {
				return none(h.SetMemberRoles(ctx, actor, h.Home.ID, []model.UserID{target.ID}, model.RolePending))
			},
			"put": func() error { return h.SetMemberRole(ctx, actor, h.Home.ID, target.ID, model.RolePending) },
		} {
			if err := operation(); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s %s: got %v", name, target.Username, err)
			}
		}
		h.Must(h.ResetMemberPasswords(ctx, actor, h.Home.ID, []model.UserID{target.ID}))
		if _, err := h.AddSession(target.Username, model.WekanLogin); err != nil {
			t.Errorf("the password of %s ended: %v", target.Username, err)
		}
	}
	if members := must(t, func() ([]directory.MemberUser, error) { return h.Members(ctx, operator(), h.Home.ID) }); len(members) != 4 {
		t.Errorf("%d members are left", len(members))
	}
	h.Must(h.RemoveMembers(ctx, actor, h.Home.ID, []model.UserID{eve.ID}))
	h.Must(none(h.SetMemberRoles(ctx, h.Actor(root), h.Home.ID, []model.UserID{plain.ID}, model.RolePending)))
	h.Must(h.RemoveMembers(ctx, h.Actor(plain), h.Home.ID, []model.UserID{plain.ID}))
}
