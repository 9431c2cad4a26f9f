package e2e

// Rows of the pages about organizations. A page without a session leads to the sign-in page. Users that do not
// administer an organization get a page that says why, or 404 for an organization that they are no member of.
const (
	orgAdminPage    = "303 403 200 403 200 303 303"
	orgAdminForm    = "303 403 422 403 422 303 303"
	orgAdminMissing = "303 403 404 403 404 303 303"
	orgAdminSaved   = "303 403 303 403 303 303 303"
)

func organizationPagesTable() []rule {
	return []rule{
		{route: "GET /console/organizations", statuses: orgAdminPage},
		{route: "GET /console/organizations/new", statuses: orgAdminPage},
		{route: "POST /console/organizations/new", body: "organization=", statuses: orgAdminForm},
		{route: "GET /console/organizations/{organization}", path: "/console/organizations/{org}", statuses: orgAdminPage},
		{route: "POST /console/organizations/{organization}/members", path: "/console/organizations/{org}/members", body: "op=none&id[]=1", statuses: orgAdminForm},
		{route: "GET /console/organizations/{organization}/settings", path: "/console/organizations/{org}/settings", statuses: orgAdminPage},
		{route: "POST /console/organizations/{organization}/settings/name", path: "/console/organizations/{org}/settings/name", body: "organization=", statuses: orgAdminForm},
		{route: "POST /console/organizations/{organization}/settings/second-factor", path: "/console/organizations/{org}/settings/second-factor", statuses: orgAdminSaved},
		{route: "GET /console/organizations/{organization}/delete", path: "/console/organizations/{org}/delete", statuses: orgAdminPage},
		{route: "POST /console/organizations/{organization}/delete", path: "/console/organizations/{org}/delete", body: "confirm=no", statuses: orgAdminForm},

		{route: "GET /console/organizations/{organization}/roles", path: "/console/organizations/{org}/roles", statuses: orgAdminPage},
		{route: "POST /console/organizations/{organization}/roles", path: "/console/organizations/{org}/roles", statuses: orgAdminSaved},
		{route: "GET /console/organizations/{organization}/roles/new", path: "/console/organizations/{org}/roles/new", statuses: orgAdminPage},
		{route: "POST /console/organizations/{organization}/roles/new", path: "/console/organizations/{org}/roles/new", body: "name=", statuses: orgAdminForm},
		{route: "GET /console/organizations/{organization}/roles/{role}", path: "/console/organizations/{org}/roles/1", statuses: orgAdminPage},
		{route: "POST /console/organizations/{organization}/roles/{role}", path: "/console/organizations/{org}/roles/2", statuses: orgAdminSaved},
		{route: "GET /console/organizations/{organization}/roles/{role}/delete", path: "/console/organizations/{org}/roles/1/delete", statuses: orgAdminMissing},
		{route: "POST /console/organizations/{organization}/roles/{role}/delete", path: "/console/organizations/{org}/roles/1/delete", statuses: orgAdminMissing},

		{route: "GET /console/organizations/{organization}/projects", path: "/console/organizations/{org}/projects", statuses: orgAdminPage},
		{route: "GET /console/organizations/{organization}/new-project", path: "/console/organizations/{org}/new-project", statuses: orgAdminPage},
		{route: "POST /console/organizations/{organization}/new-project", path: "/console/organizations/{org}/new-project", body: "name=", statuses: orgAdminForm},
		{route: "GET /console/organizations/{organization}/projects/{project}", path: "/console/organizations/{org}/projects/none", statuses: orgAdminMissing},
		{route: "POST /console/organizations/{organization}/projects/{project}", path: "/console/organizations/{org}/projects/none", statuses: orgAdminMissing},
		{route: "POST /console/organizations/{organization}/projects/{project}/assign", path: "/console/organizations/{org}/projects/none/assign", statuses: orgAdminMissing},
		{route: "POST /console/organizations/{organization}/projects/{project}/unassign", path: "/console/organizations/{org}/projects/none/unassign", statuses: orgAdminMissing},
		{route: "GET /console/organizations/{organization}/projects/{project}/delete", path: "/console/organizations/{org}/projects/none/delete", statuses: orgAdminMissing},
		{route: "POST /console/organizations/{organization}/projects/{project}/delete", path: "/console/organizations/{org}/projects/none/delete", statuses: orgAdminMissing},

		{route: "GET /console/organizations/{organization}/members/{user}/why", path: "/console/organizations/{org}/members/{id}/why", statuses: orgAdminPage},
		{route: "GET /console/organizations/{organization}/invitations", path: "/console/organizations/{org}/invitations", statuses: orgAdminPage},
		{route: "POST /console/organizations/{organization}/invitations/check", path: "/console/organizations/{org}/invitations/check", statuses: orgAdminForm},
		{route: "POST /console/organizations/{organization}/invitations/send", path: "/console/organizations/{org}/invitations/send", statuses: orgAdminForm},
		{route: "POST /console/organizations/{organization}/invitations/selected", path: "/console/organizations/{org}/invitations/selected", body: "op=revoke", statuses: orgAdminSaved},
	}
}
