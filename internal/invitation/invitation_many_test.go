package invitation_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/idempotency"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/role"
)

func TestEachOfManyInvitationsHasItsResult(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	boss := h.Actor(h.AddUser("boss", in(h.Home.ID, model.RoleAdmin)))
	all := []invitation.NewInvitation{
		{Org: h.Home.ID, Email: "one@example.org"},
		{Org: h.Home.ID, Email: address("ada"), MakeUser: true},
		{Org: h.Home.ID, Email: "no address"},
		{Org: h.Home.ID, Email: "two@example.org", Role: model.RoleMember},
		{Org: h.Home.ID, Email: "three@example.org", Role: 4711},
	}
	results := must(t, func() ([]invitation.Result, error) { return h.InviteMany(t.Context(), boss, all) })
	if len(results) != len(all) {
		t.Fatalf("%d results", len(results))
	}
	for i, r := range results {
		if sent := r.Err == nil; sent != (i == 0 || i == 3) || sent != (r.Sent.Link != "") {
			t.Errorf("%s: %+v", all[i].Email, r)
		}
	}
	wantFault(t, results[1].Err, "email", fault.Taken)
	wantFault(t, results[2].Err, "email", fault.Malformed)
	wantFault(t, results[4].Err, "role", fault.Unknown)
	for to, want := range map[string]bool{"one@example.org": true, "two@example.org": true, "three@example.org": false} {
		if _, found := h.NextEmail(to); found != want {
			t.Errorf("%s was mailed: %v", to, found)
		}
	}
}

func TestManyInvitationsRespectLimitsAndPermissions(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.Invitations = 3 })
	boss := h.Actor(h.AddUser("boss", in(h.Home.ID, model.RoleAdmin)))
	var all []invitation.NewInvitation
	for i := range 5 {
		all = append(all, invitation.NewInvitation{Org: h.Home.ID, Email: fmt.Sprintf("guest%d@example.org", i)})
	}
	results := must(t, func() ([]invitation.Result, error) { return h.InviteMany(t.Context(), boss, all) })
	for i, r := range results {
		if i < 3 && r.Err != nil || i >= 3 && fault.KindOf(r.Err) != fault.Limited {
			t.Errorf("invitation %d: %v", i, r.Err)
		}
	}
	member := h.Actor(h.AddUser("member", in(h.Home.ID, model.RoleMember)))
	_, err := h.InviteMany(t.Context(), member, all)
	wantKind(t, err, fault.Forbidden)
	_, err = h.InviteMany(t.Context(), boss, nil)
	wantFault(t, err, "invitations", fault.Blank)
	_, err = h.InviteMany(t.Context(), boss, make([]invitation.NewInvitation, 1001))
	wantFault(t, err, "invitations", fault.TooMany)
}

func TestManyInvitationsAreReplayedAsOneRequest(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	boss := h.Actor(h.AddUser("boss", in(h.Home.ID, model.RoleAdmin)))
	once := idempotency.WithKey(t.Context(), "key", []byte("request"))
	all := []invitation.NewInvitation{{Org: h.Home.ID, Email: "no address"}, {Org: h.Home.ID, Email: "a@example.org"}, {Org: h.Home.ID, Email: "b@example.org"}}
	for again, want := range [][]bool{{false, true, true}, {false, false, true}} {
		var sent []bool
		for _, r := range must(t, func() ([]invitation.Result, error) { return h.InviteMany(once, boss, all) }) {
			sent = append(sent, r.Err == nil)
		}
		if again == 0 && !slices.Equal(sent, want) {
			t.Errorf("sent %v, want %v", sent, want)
		}
		if again == 1 && slices.Contains(sent, true) {
			t.Errorf("the same key sent again: %v", sent)
		}
	}
}

func (h *fixture) dropProject(id model.ProjectID) {
	h.T.Helper()
	h.Must(h.Store.Update(h.T.Context(), func(tx model.Writer) error { return tx.DropProject(id) }))
}

func TestInvitationAssignsItsProjects(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	boss := h.Actor(h.AddUser("boss", in(h.Home.ID, model.RoleAdmin)))
	ids := h.addProjects("One", "Two", "Three")
	other := h.AddUser("other")
	h.Must(h.Assign(t.Context(), operator(), h.Home.ID, "one", []model.UserID{other.ID}))
	for name, makes := range map[string]bool{"ada": true, "eve": false} {
		sent := must(t, func() (invitation.Sent, error) {
			return h.Invite(t.Context(), boss, invitation.NewInvitation{
				Org: h.Home.ID, Email: address(name), GivenName: "A", FamilyName: "B", MakeUser: makes, Projects: []model.ProjectID{ids[2], ids[0]},
			})
		})
		list := must(t, func() ([]model.Project, error) {
			return h.InvitationProjects(t.Context(), boss, h.Home.ID, sent.Invitation.ID)
		})
		if len(list) != 2 || list[0].Name != "One" || list[1].Name != "Three" {
			t.Errorf("%s is invited to %+v", name, list)
		}
		token := h.EmailedToken(address(name))
		shown := must(t, func() (invitation.Preview, error) {
			return h.InvitationByToken(t.Context(), caller(model.Console), token)
		})
		if len(shown.Projects) != 2 {
			t.Errorf("%s is shown %+v", name, shown.Projects)
		}
		u := must(t, func() (model.User, error) { return h.accept(token, name) })
		if diff := cmp.Diff([]string{"One", "Three"}, h.assignedTo(u)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if diff := cmp.Diff([]string{"One"}, h.assignedTo(other)); diff != "" {
		t.Errorf("who was there before: %s", diff)
	}
}

func TestDeletedAndForbiddenProjectsAreSkipped(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	boss := h.AddUser("boss", in(h.Home.ID, model.RoleAdmin))
	ids := h.addProjects("One", "Two")
	invite := func(name string) model.InvitationID {
		sent, err := h.Invite(t.Context(), h.Actor(boss), invitation.NewInvitation{Org: h.Home.ID, Email: address(name), Role: model.RoleMember, Projects: ids})
		h.Must(err)
		return sent.Invitation.ID
	}
	invite("ada")
	h.dropProject(ids[0])
	ada := must(t, func() (model.User, error) { return h.accept(h.EmailedToken(address("ada")), "ada") })
	if diff := cmp.Diff([]string{"Two"}, h.assignedTo(ada)); diff != "" {
		t.Error(diff)
	}
	ids = ids[1:]
	invite("eve")
	inviters := must(t, func() (model.Role, error) {
		return h.CreateRole(t.Context(), operator(), role.NewRole{Org: h.Home.ID, Name: "Inviters", Permissions: []model.Permission{
			model.UsersInvite, model.UsersRead, model.RolesRead, model.ProjectsReadAll,
		}})
	})
	h.AddUser("second", in(h.Home.ID, model.RoleAdmin))
	h.Must(none(h.SetMemberRoles(t.Context(), operator(), h.Home.ID, []model.UserID{boss.ID}, inviters.ID)))
	eve := must(t, func() (model.User, error) { return h.accept(h.EmailedToken(address("eve")), "eve") })
	if got := h.assignedTo(eve); len(got) != 0 {
		t.Errorf("eve is assigned to %v", got)
	}
}

func TestInvitationToProjectsRequiresThePermissionToAssign(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	foreign, err := h.CreateProject(t.Context(), operator(), project.NewProject{Org: acme.ID, Name: "Theirs"})
	h.Must(err)
	ids := h.addProjects("One")
	inviters := must(t, func() (model.Role, error) {
		return h.CreateRole(t.Context(), operator(), role.NewRole{Org: h.Home.ID, Name: "Inviters", Permissions: []model.Permission{
			model.UsersInvite, model.UsersRead, model.RolesRead, model.ProjectsReadAll,
		}})
	})
	inviter := h.Actor(h.AddUser("inviter", in(h.Home.ID, inviters.ID)))
	n := invitation.NewInvitation{Org: h.Home.ID, Email: "new@example.org", Projects: ids}
	_, err = h.Invite(t.Context(), inviter, n)
	wantKind(t, err, fault.Forbidden)
	for _, bad := range []model.ProjectID{foreign.ID, 4711} {
		n.Projects = []model.ProjectID{ids[0], bad}
		_, err = h.Invite(t.Context(), operator(), n)
		wantFault(t, err, "projects", fault.Unknown)
	}
	n.Projects = slices.Repeat(ids, 101)
	_, err = h.Invite(t.Context(), operator(), n)
	wantFault(t, err, "projects", fault.TooMany)
	if _, found := h.NextEmail("new@example.org"); found {
		t.Error("an email was sent")
	}
}
