package directory_test

import (
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
