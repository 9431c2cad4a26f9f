package project_test

import (
	"slices"
	"strings"
	"testing"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
)

func TestProjectKeepsItsPermalinkThroughEveryChange(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	made := must(t, func() (model.Project, error) {
		return h.CreateProject(t.Context(), operator(), project.NewProject{Org: h.Home.ID, Name: "Awesome project", Group: "Web"})
	})
	change := func(c project.Change) model.Project {
		return must(t, func() (model.Project, error) {
			return h.ChangeProject(t.Context(), operator(), h.Home.ID, made.Permalink, c)
		})
	}
	want := made
	want.Name, want.Overview = "Plain project", "What it\nis about"
	if got := change(project.Change{Name: ref(" Plain project "), Overview: &want.Overview}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	want.Group, want.Status = "", model.ProjectArchived
	if got := change(project.Change{Group: ref(""), Status: &want.Status}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	stored := must(t, func() ([]model.Project, error) { return h.Projects(t.Context(), operator(), h.Home.ID) })
	if len(stored) != 1 || stored[0] != want {
		t.Errorf("stored %+v", stored)
	}
	before := len(h.AllEvents())
	change(project.Change{Status: &want.Status})
	if e := h.AllEvents(); len(e) != before {
		t.Errorf("no change left the event %s", e[before].Verb)
	}
	if e := h.AllEvents()[before-1]; e.Verb != model.ProjectChanged || e.Detail != "group,status" || e.TargetID != int64(made.ID) {
		t.Errorf("the event is %s of %d: %s", e.Verb, e.TargetID, e.Detail)
	}
}

func TestProjectIsChangedOnlyWithProjectsManage(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	made := must(t, func() (model.Project, error) {
		return h.CreateProject(t.Context(), operator(), project.NewProject{Org: acme.ID, Name: "Plan"})
	})
	amy, abe := h.Actor(h.AddUser("amy", in(acme.ID, 0))), h.Actor(h.AddUser("abe", in(acme.ID, model.RoleAdmin)))
	rename := project.Change{Name: ref("Other")}
	_, err := h.ChangeProject(t.Context(), amy, acme.ID, made.Permalink, rename)
	wantKind(t, err, fault.Forbidden)
	_, err = h.ChangeProject(t.Context(), h.Actor(h.AddUser("eve")), acme.ID, made.Permalink, rename)
	wantKind(t, err, fault.NotFound)
	_, err = h.ChangeProject(t.Context(), operator(), h.Home.ID, made.Permalink, rename)
	wantKind(t, err, fault.NotFound)
	for field, bad := range map[string]project.Change{
		"name":     {Name: ref(" ")},
		"group":    {Group: ref("a\x00b")},
		"status":   {Status: ref(model.ProjectStatus("done"))},
		"overview": {Overview: ref(strings.Repeat("x", 100_000))},
	} {
		if _, err := h.ChangeProject(t.Context(), abe, acme.ID, made.Permalink, bad); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
	must(t, func() (model.Project, error) {
		return h.ChangeProject(t.Context(), abe, acme.ID, made.Permalink, rename)
	})
}

func TestDeletedProjectIsNotFound(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ids := h.addProjects("One", "Two")
	ada := h.AddUser("ada")
	for _, permalink := range []string{"one", "two"} {
		h.Must(h.Assign(t.Context(), operator(), h.Home.ID, permalink, []model.UserID{ada.ID}))
	}
	sent := must(t, func() (invitation.Sent, error) {
		return h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: h.Home.ID, Email: address("eve"), Projects: ids})
	})
	actor := h.Actor(ada)
	own := func() []model.Project {
		return must(t, func() ([]model.Project, error) { return h.Projects(t.Context(), actor, h.Home.ID) })
	}
	if n := len(own()); n != 2 { // so that it is in the cache
		t.Fatalf("ada sees %d projects", n)
	}
	h.Must(h.DeleteProject(t.Context(), operator(), h.Home.ID, "one", ""))
	if left := own(); len(left) != 1 || left[0].ID != ids[1] {
		t.Errorf("ada sees %+v", left)
	}
	brings := must(t, func() ([]model.Project, error) {
		return h.InvitationProjects(t.Context(), operator(), h.Home.ID, sent.Invitation.ID)
	})
	if len(brings) != 1 || brings[0].ID != ids[1] {
		t.Errorf("the invitation brings %+v", brings)
	}
	eve := must(t, func() (model.User, error) { return h.accept(h.EmailedToken(address("eve")), "eve") })
	if got := h.assignedTo(eve); len(got) != 1 || got[0] != "Two" {
		t.Errorf("eve is assigned to %v", got)
	}
	wantKind(t, h.DeleteProject(t.Context(), operator(), h.Home.ID, "one", ""), fault.NotFound)
	wantKind(t, h.Assign(t.Context(), operator(), h.Home.ID, "one", []model.UserID{ada.ID}), fault.NotFound)
	again := must(t, func() (model.Project, error) {
		return h.CreateProject(t.Context(), operator(), project.NewProject{Org: h.Home.ID, Name: "One"})
	})
	if again.Permalink != "one" || again.ID == ids[0] {
		t.Errorf("made again it is %+v", again)
	}
}

func TestProjectIsDeletedOnlyWithProjectsManage(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	made := must(t, func() (model.Project, error) {
		return h.CreateProject(t.Context(), operator(), project.NewProject{Org: acme.ID, Name: "Plan"})
	})
	abe := h.AddUser("abe", in(acme.ID, model.RoleAdmin))
	remove := func(actor model.Actor, org model.OrgID, version string) error {
		return h.DeleteProject(t.Context(), actor, org, made.Permalink, version)
	}
	wantKind(t, remove(caller(model.Native), acme.ID, ""), fault.Unauthenticated)
	wantKind(t, remove(h.Actor(h.AddUser("amy", in(acme.ID, 0))), acme.ID, ""), fault.Forbidden)
	wantKind(t, remove(h.Actor(h.AddUser("eve")), acme.ID, ""), fault.NotFound)
	wantKind(t, remove(h.Actor(abe, model.ScopeReadAPI), acme.ID, ""), fault.Forbidden)
	wantKind(t, remove(operator(), h.Home.ID, ""), fault.NotFound)
	must(t, func() (model.Project, error) {
		return h.ChangeProject(t.Context(), operator(), acme.ID, made.Permalink, project.Change{Name: ref("Other")})
	})
	before := len(h.AllEvents())
	stale := remove(h.Actor(abe), acme.ID, made.Version())
	wantKind(t, stale, fault.Conflict)
	wantFault(t, stale, "version", fault.Changed)
	if e := h.AllEvents()[before:]; slices.ContainsFunc(e, func(e model.Event) bool { return e.Target == "project" }) {
		t.Errorf("what was rejected left %+v", e)
	}
	now := must(t, func() (model.Project, error) { return h.Project(t.Context(), operator(), acme.ID, made.Permalink) })
	h.Must(remove(h.Actor(abe), acme.ID, now.Version()))
	last := h.AllEvents()[len(h.AllEvents())-1]
	if last.Verb != model.ProjectDelete || last.TargetID != int64(made.ID) || last.Org != acme.ID || last.Actor != abe.ID {
		t.Errorf("the last event is %+v", last)
	}
}
