package directory_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
)

// leaverFixture is a directory with a user that is the last Admin of an organization and the only assignee of
// one of its projects, and another member.
type leaverFixture struct {
	*fixture
	lab            model.Organization
	rocket, shared model.Project
	ada, bea       model.User
}

func newLeaver(t *testing.T) leaverFixture {
	t.Helper()
	h := leaverFixture{fixture: newFixture(t)}
	h.AddUser("root", admin)
	h.ada, h.bea = h.AddUser("ada"), h.AddUser("bea")
	h.lab = must(t, func() (model.Organization, error) { return h.CreateOrganization(t.Context(), h.Actor(h.ada), "Lab") })
	h.Must(h.AddMember(t.Context(), operator(), h.lab.ID, h.bea.ID, model.RoleMember))
	for name, p := range map[string]*model.Project{"Rocket": &h.rocket, "Shared": &h.shared} {
		*p = must(t, func() (model.Project, error) {
			return h.CreateProject(t.Context(), operator(), project.NewProject{Org: h.lab.ID, Name: name})
		})
		must(t, func() (bool, error) {
			return h.SetAssigned(t.Context(), operator(), h.lab.ID, p.Permalink, h.ada.ID, true)
		})
	}
	must(t, func() (bool, error) {
		return h.SetAssigned(t.Context(), operator(), h.lab.ID, h.shared.Permalink, h.bea.ID, true)
	})
	return h
}

func TestOffboardingListsWhatEndsAndWhatOnlyTheUserHolds(t *testing.T) {
	t.Parallel()
	h := newLeaver(t)
	must(t, func() (model.Session, error) {
		s, _, err := h.CreateSessionFor(t.Context(), operator(), h.ada.ID, model.WekanLogin)
		return s, err
	})
	o := must(t, func() (directory.Offboarding, error) { return h.Offboarding(t.Context(), operator(), h.ada.ID) })
	if len(o.Sessions) != 1 || len(o.LastAdminOf) != 1 || o.LastAdminOf[0].ID != h.lab.ID || len(o.OnlyAssigneeOf) != 1 || o.OnlyAssigneeOf[0].ID != h.rocket.ID {
		t.Errorf("got %+v", o)
	}
	other := must(t, func() (directory.Offboarding, error) { return h.Offboarding(t.Context(), operator(), h.bea.ID) })
	if len(other.LastAdminOf)+len(other.OnlyAssigneeOf) > 0 {
		t.Errorf("a member holds %+v", other)
	}
	_, err := h.Offboarding(t.Context(), h.Actor(h.bea), h.ada.ID)
	wantKind(t, err, fault.Forbidden)
}

func TestOffboardedUserLeavesAnAdminAndAnAssignee(t *testing.T) {
	t.Parallel()
	h := newLeaver(t)
	handover := directory.Handover{
		Admins: map[model.OrgID]model.UserID{h.lab.ID: h.bea.ID}, Assignees: map[model.ProjectID]model.UserID{h.rocket.ID: h.bea.ID},
	}
	blocked := must(t, func() (model.User, error) { return h.Offboard(t.Context(), operator(), h.ada.ID, handover) })
	if blocked.State != model.Blocked {
		t.Errorf("the state is %s", blocked.State)
	}
	memberships := must(t, func() ([]model.Membership, error) { return h.MembershipsOf(t.Context(), operator(), h.bea.ID) })
	if last := memberships[len(memberships)-1]; last.Role.ID != model.RoleAdmin {
		t.Errorf("the successor has the role %s", last.Role.Name)
	}
	assigned := must(t, func() ([]model.User, error) {
		return h.Assigned(t.Context(), operator(), h.lab.ID, h.rocket.Permalink)
	})
	if len(assigned) != 2 {
		t.Errorf("%d users are assigned", len(assigned))
	}
}

// Nothing changes where one part of the handover is refused.
func TestIncompleteHandoverIsRejected(t *testing.T) {
	t.Parallel()
	h := newLeaver(t)
	stranger, gone := h.AddUser("stranger"), h.AddUser("gone")
	h.Must(h.AddMember(t.Context(), operator(), h.lab.ID, gone.ID, model.RoleMember))
	must(t, func() (model.User, error) { return h.BlockUser(t.Context(), operator(), gone.ID) })
	admins := func(id model.UserID) map[model.OrgID]model.UserID { return map[model.OrgID]model.UserID{h.lab.ID: id} }
	for name, c := range map[string]struct {
		handover directory.Handover
		want     fault.Kind
	}{
		"no successor":                   {directory.Handover{}, fault.Forbidden},
		"the user that leaves":           {directory.Handover{Admins: admins(h.ada.ID)}, fault.Invalid},
		"a user of another organization": {directory.Handover{Admins: admins(stranger.ID)}, fault.Invalid},
		"a blocked member":               {directory.Handover{Admins: admins(gone.ID)}, fault.Invalid},
		"an unknown user":                {directory.Handover{Admins: admins(999)}, fault.Invalid},
		"a stranger as assignee":         {directory.Handover{Admins: admins(h.bea.ID), Assignees: map[model.ProjectID]model.UserID{h.rocket.ID: stranger.ID}}, fault.Invalid},
		"an unknown project":             {directory.Handover{Admins: admins(h.bea.ID), Assignees: map[model.ProjectID]model.UserID{999: h.bea.ID}}, fault.NotFound},
		"a user that was changed since":  {directory.Handover{Admins: admins(h.bea.ID), IfVersion: "before"}, fault.Conflict},
	} {
		_, err := h.Offboard(t.Context(), operator(), h.ada.ID, c.handover)
		wantKind(t, err, c.want)
		if u := must(t, func() (model.User, error) { return h.User(t.Context(), operator(), h.ada.ID) }); u.State != model.Active {
			t.Errorf("%s: the user is %s", name, u.State)
		}
	}
	memberships := must(t, func() ([]model.Membership, error) { return h.MembershipsOf(t.Context(), operator(), h.bea.ID) })
	if last := memberships[len(memberships)-1]; last.Role.ID != model.RoleMember {
		t.Errorf("the role of the successor is %s", last.Role.Name)
	}
	_, err := h.Offboard(t.Context(), h.Actor(h.bea), h.ada.ID, directory.Handover{})
	wantKind(t, err, fault.Forbidden)
}

func TestPasswordResetIsMailedToUsersThatCanSignIn(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, eve := h.AddUser("root", admin), h.AddUser("eve")
	must(t, func() (model.User, error) { return h.SendPasswordReset(t.Context(), operator(), eve.ID) })
	h.Must(h.resetPassword(h.EmailedToken(address("eve")), "another eve secret"))
	must(t, func() (model.User, error) { return h.BlockUser(t.Context(), operator(), eve.ID) })
	_, err := h.SendPasswordReset(t.Context(), operator(), eve.ID)
	wantKind(t, err, fault.Conflict)
	_, err = h.SendPasswordReset(t.Context(), h.Actor(root), 999)
	wantKind(t, err, fault.NotFound)
}
