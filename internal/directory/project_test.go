package directory_test

import (
	"slices"
	"strings"
	"testing"

	"roster.example/roster/internal/directory"
)

func TestProjectKeepsItsPermalinkThroughEveryChange(t *testing.T) {
	t.Parallel()
	h := open(t)
	made := need(t, func() (directory.Project, error) {
		return h.CreateProject(t.Context(), operator(), directory.NewProject{Org: h.home.ID, Name: "Awesome project", Group: "Web"})
	})
	change := func(c directory.ProjectChange) directory.Project {
		return need(t, func() (directory.Project, error) {
			return h.ChangeProject(t.Context(), operator(), h.home.ID, made.Permalink, c)
		})
	}
	want := made
	want.Name, want.Overview = "Plain project", "What it\nis about"
	if got := change(directory.ProjectChange{Name: ref(" Plain project "), Overview: &want.Overview}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	want.Group, want.Status = "", directory.ProjectArchived
	if got := change(directory.ProjectChange{Group: ref(""), Status: &want.Status}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	stored := need(t, func() ([]directory.Project, error) { return h.Projects(t.Context(), operator(), h.home.ID) })
	if len(stored) != 1 || stored[0] != want {
		t.Errorf("stored %+v", stored)
	}
	before := len(h.events())
	change(directory.ProjectChange{Status: &want.Status})
	if e := h.events(); len(e) != before {
		t.Errorf("no change left the event %s", e[before].Verb)
	}
	if e := h.events()[before-1]; e.Verb != directory.ProjectChanged || e.Detail != "group,status" || e.TargetID != int64(made.ID) {
		t.Errorf("the event is %s of %d: %s", e.Verb, e.TargetID, e.Detail)
	}
}

func TestProjectIsChangedOnlyBySomebodyWhoManagesProjectsThere(t *testing.T) {
	t.Parallel()
	h := open(t)
	acme := h.org("Acme")
	made := need(t, func() (directory.Project, error) {
		return h.CreateProject(t.Context(), operator(), directory.NewProject{Org: acme.ID, Name: "Plan"})
	})
	amy, abe := h.as(h.person("amy", in(acme.ID, 0))), h.as(h.person("abe", in(acme.ID, directory.RoleAdmin)))
	rename := directory.ProjectChange{Name: ref("Other")}
	_, err := h.ChangeProject(t.Context(), amy, acme.ID, made.Permalink, rename)
	refused(t, err, directory.Forbidden)
	_, err = h.ChangeProject(t.Context(), h.as(h.person("eve")), acme.ID, made.Permalink, rename)
	refused(t, err, directory.NotFound)
	_, err = h.ChangeProject(t.Context(), operator(), h.home.ID, made.Permalink, rename)
	refused(t, err, directory.NotFound)
	for field, bad := range map[string]directory.ProjectChange{
		"name":     {Name: ref(" ")},
		"group":    {Group: ref("a\x00b")},
		"status":   {Status: ref(directory.ProjectStatus("done"))},
		"overview": {Overview: ref(strings.Repeat("x", 100_000))},
	} {
		if _, err := h.ChangeProject(t.Context(), abe, acme.ID, made.Permalink, bad); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
	need(t, func() (directory.Project, error) {
		return h.ChangeProject(t.Context(), abe, acme.ID, made.Permalink, rename)
	})
}

func TestDeletedProjectIsGoneForAll(t *testing.T) {
	t.Parallel()
	h := open(t)
	ids := h.plan("One", "Two")
	ada := h.person("ada")
	for _, permalink := range []string{"one", "two"} {
		h.must(h.Assign(t.Context(), operator(), h.home.ID, permalink, []directory.UserID{ada.ID}))
	}
	sent := need(t, func() (directory.SentInvitation, error) {
		return h.Invite(t.Context(), operator(), directory.NewInvitation{Org: h.home.ID, Email: address("eve"), Projects: ids})
	})
	actor := h.as(ada)
	own := func() []directory.Project {
		return need(t, func() ([]directory.Project, error) { return h.Projects(t.Context(), actor, h.home.ID) })
	}
	if n := len(own()); n != 2 { // so that it is in memory
		t.Fatalf("ada sees %d projects", n)
	}
	h.must(h.DeleteProject(t.Context(), operator(), h.home.ID, "one", ""))
	if left := own(); len(left) != 1 || left[0].ID != ids[1] {
		t.Errorf("ada sees %+v", left)
	}
	brings := need(t, func() ([]directory.Project, error) {
		return h.InvitationProjects(t.Context(), operator(), h.home.ID, sent.Invitation.ID)
	})
	if len(brings) != 1 || brings[0].ID != ids[1] {
		t.Errorf("the invitation brings %+v", brings)
	}
	eve := need(t, func() (directory.User, error) { return h.accept(h.mailed(address("eve")), "eve") })
	if got := h.assignedTo(eve); len(got) != 1 || got[0] != "Two" {
		t.Errorf("eve is assigned to %v", got)
	}
	refused(t, h.DeleteProject(t.Context(), operator(), h.home.ID, "one", ""), directory.NotFound)
	refused(t, h.Assign(t.Context(), operator(), h.home.ID, "one", []directory.UserID{ada.ID}), directory.NotFound)
	again := need(t, func() (directory.Project, error) {
		return h.CreateProject(t.Context(), operator(), directory.NewProject{Org: h.home.ID, Name: "One"})
	})
	if again.Permalink != "one" || again.ID == ids[0] {
		t.Errorf("made again it is %+v", again)
	}
}

func TestProjectIsDeletedOnlyBySomebodyWhoManagesProjectsThere(t *testing.T) {
	t.Parallel()
	h := open(t)
	acme := h.org("Acme")
	made := need(t, func() (directory.Project, error) {
		return h.CreateProject(t.Context(), operator(), directory.NewProject{Org: acme.ID, Name: "Plan"})
	})
	abe := h.person("abe", in(acme.ID, directory.RoleAdmin))
	remove := func(actor directory.Actor, org directory.OrgID, version string) error {
		return h.DeleteProject(t.Context(), actor, org, made.Permalink, version)
	}
	refused(t, remove(caller(directory.Native), acme.ID, ""), directory.Unauthenticated)
	refused(t, remove(h.as(h.person("amy", in(acme.ID, 0))), acme.ID, ""), directory.Forbidden)
	refused(t, remove(h.as(h.person("eve")), acme.ID, ""), directory.NotFound)
	refused(t, remove(h.as(abe, directory.ScopeReadAPI), acme.ID, ""), directory.Forbidden)
	refused(t, remove(operator(), h.home.ID, ""), directory.NotFound)
	need(t, func() (directory.Project, error) {
		return h.ChangeProject(t.Context(), operator(), acme.ID, made.Permalink, directory.ProjectChange{Name: ref("Other")})
	})
	before := len(h.events())
	stale := remove(h.as(abe), acme.ID, made.Version())
	refused(t, stale, directory.Conflict)
	faulty(t, stale, "version", directory.Changed)
	if e := h.events()[before:]; slices.ContainsFunc(e, func(e directory.Event) bool { return e.Target == "project" }) {
		t.Errorf("what was refused left %+v", e)
	}
	now := need(t, func() (directory.Project, error) { return h.Project(t.Context(), operator(), acme.ID, made.Permalink) })
	h.must(remove(h.as(abe), acme.ID, now.Version()))
	last := h.events()[len(h.events())-1]
	if last.Verb != directory.ProjectDelete || last.TargetID != int64(made.ID) || last.Org != acme.ID || last.Actor != abe.ID {
		t.Errorf("the last event is %+v", last)
	}
}
