//go:build !race

package e2e

import (
	"fmt"
	"net/http"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
)

// consoleOrganizations manages an organization as its Admin: members, roles, projects, invitations, settings.
func (b *chromium) consoleOrganizations() {
	studio, other := b.organization("Studio "+hostile), b.organization("Rival")
	chief := b.member("sonia", studio.ID, model.RoleAdmin)
	b.member("robert", studio.ID, 0)
	b.member("veiled", other.ID, 0)
	_, err := b.App.Directory.CreateProject(b.t.Context(), model.Operator(), project.NewProject{Org: studio.ID, Name: "Rhythm"})
	b.must(err)
	home := fmt.Sprintf("/console/organizations/%d", studio.ID)

	w := b.open(nil)
	w.signIn("sonia", chief.Password)
	w.visit("/console/organizations")
	w.shows("console-organizations", http.StatusOK, "Organizations")
	w.visit(home)
	w.shows("console-members", http.StatusOK, "Members of "+studio.Name)
	w.visit(home + "/roles/new")
	w.send("main button[type=submit]", "#name", "Curator")
	w.shows("console-roles", http.StatusOK, "Roles of "+studio.Name)
	w.command("click", document{"selector": `input[aria-label="Curator: Invite users"]`})
	w.press("main button[type=submit]")
	w.shows("console-roles-review", http.StatusOK, "Save changes to roles")
	w.press("main button[type=submit]")
	w.is(http.StatusOK, "Roles of "+studio.Name)
	w.visit(home + "/projects")
	w.shows("console-projects", http.StatusOK, "Projects of "+studio.Name)
	w.visit(home + "/projects/rhythm")
	w.send(`form[action$="/assign"] button`, "#user", "robert")
	w.shows("console-project", http.StatusOK, "Rhythm")
	w.visit(home + "/invitations")
	w.send(`form[action$="/check"] button`, "#addresses", "Man Ray <ray@example.org>, broken@")
	w.shows("console-invitations-judged", http.StatusOK, "Check invitations")
	w.press(`form[action$="/send"] button`)
	w.shows("console-invitations", http.StatusOK, "Invitations to "+studio.Name)
	w.visit(home + "/settings")
	w.shows("console-organization-settings", http.StatusOK, "Settings of "+studio.Name)
	w.visit(home + "/delete")
	w.shows("console-organization-delete", http.StatusOK, "Delete organization")
	for _, rest := range []string{"", "/roles", "/projects", "/invitations", "/settings"} {
		w.visit(fmt.Sprintf("/console/organizations/%d%s", other.ID, rest))
		w.is(http.StatusNotFound, "Not found")
	}
}
