package console

import (
	"fmt"
	"net/url"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
)

func TestProjectIsCreatedChangedAndDeleted(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org := b.AddOrganization("Web team")
	b.signInAs(b.AddMemberTo(org.ID, model.RoleAdmin, "chief"))
	list := orgPath(org, "/projects")
	b.Want(b.Get(list), 200, "Projects of Web team", "No project yet")
	b.Want(b.Send(orgPath(org, "/new-project"), "name", "", "status", "active"), 422, "Check the form")
	b.LeadsTo(b.Send(orgPath(org, "/new-project"), "name", "New site", "group", "Web", "status", "active"), list+"/new-site?done=project")
	p, err := b.Directory.Project(t.Context(), model.Operator(), org.ID, "new-site")
	b.Must(err)
	path := list + "/new-site"
	b.Want(b.Get(path), 200, "<h1>New site</h1>", "No member is assigned yet.", `value="Web"`)
	b.LeadsTo(b.Send(path, "name", "Old site", "group", "", "status", "archived", "version", p.Version()), path+"?done=project-changed")
	b.Want(b.Send(path, "name", "Late", "status", "active", "version", p.Version()), 409, "This was changed since it was read", `value="Late"`)
	b.Want(b.Get(list), 200, "Old site", "Archived")
	b.Want(b.Get(list+"?q=OLD"), 200, "Old site")
	b.Want(b.Get(list+"?q=none"), 200, "Nothing found")
	b.Want(b.Get(path+"/delete"), 200, `data-confirm="Old site"`)
	p, err = b.Directory.Project(t.Context(), model.Operator(), org.ID, "new-site")
	b.Must(err)
	b.Want(b.Send(path+"/delete", "confirm", "old", "version", p.Version()), 422, "This is not the name of the project.")
	b.LeadsTo(b.Send(path+"/delete", "confirm", "Old site", "version", p.Version()), list+"?done=project-deleted")
	b.Want(b.Get(path), 404)
}

func TestMembersAreAssignedToAProject(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org, other := b.AddOrganization("Web team"), b.AddOrganization("Other")
	ada, veiled := b.AddMemberTo(org.ID, 0, "ada"), b.AddMemberTo(other.ID, 0, "veiled")
	b.AddMemberTo(org.ID, 0, "bea")
	_, err := b.Directory.CreateProject(t.Context(), model.Operator(), project.NewProject{Org: org.ID, Name: "Site"})
	b.Must(err)
	b.signInAs(b.AddMemberTo(org.ID, model.RoleAdmin, "chief"))
	path := orgPath(org, "/projects/site")
	b.LeadsTo(b.Send(path+"/assign", "user", "ada"), path+"?done=assigned")
	b.LeadsTo(b.Send(path+"/assign", "user", "bea"), path+"?done=assigned")
	b.Want(b.Get(path), 200, ada.Name, fmt.Sprintf(`name="id[]" value="%d"`, ada.ID))
	for _, name := range []string{"veiled", fmt.Sprint(veiled.ID), "nobody", ""} {
		b.Want(b.Send(path+"/assign", "user", name), 422)
	}
	b.Want(b.Send(path+"/assign", "user", "veiled"), 422, "No member of the organization has this name.")
	b.LeadsTo(b.sendList(path+"/unassign", url.Values{"id[]": {fmt.Sprint(ada.ID)}}), path+"?done=unassigned")
	left, err := b.Directory.Assigned(t.Context(), model.Operator(), org.ID, "site")
	b.Must(err)
	if len(left) != 1 || left[0].Username != "bea" {
		t.Errorf("assigned %v", left)
	}
}

func TestProjectsOfOthersAreNotFoundAndNamesAreEscaped(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org, other := b.AddOrganization("Web team"), b.AddOrganization("Other")
	for _, o := range []model.Organization{org, other} {
		_, err := b.Directory.CreateProject(t.Context(), model.Operator(), project.NewProject{Org: o.ID, Name: hostile, Group: hostile})
		b.Must(err)
	}
	b.signInAs(b.AddMemberTo(org.ID, model.RoleAdmin, "chief"))
	all, err := b.Directory.Projects(t.Context(), model.Operator(), org.ID)
	b.Must(err)
	for _, rest := range []string{"/projects", "/projects/" + all[0].Permalink, "/projects/" + all[0].Permalink + "/delete"} {
		a := b.Get(orgPath(org, rest))
		b.Want(a, 200)
		b.Without(a, "<script>alert")
		b.Want(b.Get(orgPath(other, rest)), 404)
	}
	b.signInAs(b.AddMember("plain"))
	b.Want(b.Get(orgPath(b.Home, "/projects")), 403)
}
