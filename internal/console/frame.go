package console

import (
	"net/http"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/web"
)

// admin is the actor of a page of the console, with what it administers.
type admin struct {
	model.Actor
	directory.Administration
}

// navigation returns the links to the pages, by group. A link is shown to those that may open its page.
func navigation(m *ui.Messages) []navGroup {
	return []navGroup{
		{"", []navEntry{{m.Text("console.overview"), "overview", browser.StartPath, model.UsersRead}}},
		{m.Text("console.directory"), []navEntry{
			{m.Text("console.users"), "users", usersPath, model.UsersRead},
			{m.Text("console.organizations"), "org", organizationsPath, model.UsersRead},
		}},
		{m.Text("console.activity"), activityEntries(m)},
		{m.Text("console.server"), []navEntry{{m.Text("landing.apis"), "app", apisPath, model.UsersRead}}},
	}
}

// navGroup is a group of links of the navigation.
type navGroup struct {
	title   string
	entries []navEntry
}

// navEntry is one link of the navigation. needs is the permission of its page: see [pages.show].
type navEntry struct {
	text, icon, path string
	needs            model.Permission
}

// show returns the endpoint of a page for those that administer something with the permission needs.
// Others get a page that says why they may not open it.
func (p *pages) show(path string, needs model.Permission, serve func(http.ResponseWriter, *http.Request, admin) error) browser.Endpoint {
	return browser.Endpoint{Method: http.MethodGet, Path: path, Needs: string(needs), Serve: func(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
		a, err := p.admin(r, actor)
		if err != nil {
			return err
		}
		if !a.Has(needs) {
			return p.forbid(w, r, a, needs)
		}
		return serve(w, r, a)
	}}
}

// form is show for the endpoint of a form.
func (p *pages) form(path string, needs model.Permission, serve func(http.ResponseWriter, *http.Request, admin, *ui.Input) error) browser.Endpoint {
	forms := browser.Forms{Site: p.Site, Page: func(r *http.Request, actor model.Actor, title string) (ui.Page, error) {
		a, err := p.admin(r, actor)
		return p.page(r, a, title, ""), err
	}}
	return forms.Endpoint(path, needs, func(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error {
		a, err := p.admin(r, actor)
		if err != nil {
			return err
		}
		if !a.Has(needs) {
			return p.forbid(w, r, a, needs)
		}
		return serve(w, r, a, in)
	})
}

// expensive returns the endpoint of a page that reads many rows, such as a list: see docs/limits.md. A form
// is not expensive, because changes must not wait for reads.
func expensive(e browser.Endpoint) browser.Endpoint {
	e.Class = web.Always(admission.ExpensiveReads)
	return e
}

func (p *pages) admin(r *http.Request, actor model.Actor) (admin, error) {
	administration, err := p.Directory.Administration(r.Context(), actor)
	return admin{actor, administration}, err
}

// page returns a page with the navigation of the console. current is the path of its link there; crumbs
// are the pages between that link and the page.
func (p *pages) page(r *http.Request, a admin, title, current string, crumbs ...ui.Link) ui.Page {
	m := p.UI.MessagesFor(r)
	frame := &ui.Frame{
		Label: m.Text("console.title"), Username: a.User.Username, Name: a.User.Name, Admin: a.User.Admin, Console: true, Crumbs: crumbs,
	}
	for _, group := range navigation(m) {
		shown := ui.NavGroup{Title: group.title}
		for _, e := range group.entries {
			if a.Has(e.needs) {
				shown.Links = append(shown.Links, ui.NavLink{Text: e.text, Icon: e.icon, Path: e.path, Current: e.path == current})
			}
		}
		if len(shown.Links) > 0 {
			frame.Groups = append(frame.Groups, shown)
		}
	}
	return ui.Page{Title: title, Wide: true, Frame: frame, Done: doneText(m, r)}
}

// doneTexts are the keys of the texts about what a form has done, by the value of "done" in the query.
var doneTexts = map[string]string{
	"email-queued":           "emails.queued",
	"emails-queued":          "emails.all_queued",
	"email-deleted":          "emails.deleted",
	"webhook-saved":          "webhooks.saved",
	"webhook-tested":         "webhooks.tested",
	"webhook-deleted":        "webhooks.deleted",
	"deliveries-replayed":    "webhooks.replayed",
	"organization":           "orgs.organization_created",
	"renamed":                "orgs.renamed",
	"factor-required":        "orgs.saved",
	"organization-deleted":   "orgs.deleted",
	"roles":                  "roles.saved",
	"roles-same":             "roles.same",
	"role":                   "roles.created",
	"role-changed":           "roles.role_changed",
	"role-deleted":           "roles.deleted",
	"project":                "projects.created",
	"project-changed":        "projects.changed",
	"assigned":               "projects.assigned_done",
	"unassigned":             "projects.unassigned",
	"project-deleted":        "projects.deleted",
	"no-member":              "orgs.no_member",
	"no-longer-member":       "orgs.no_longer_member",
	"member-" + memberRole:   "orgs.member_changed",
	"member-" + memberRemove: "orgs.member_removed",
	"block":                  "console.user_blocked",
	"unblock":                "console.user_unblocked",
	"deactivate":             "console.user_deactivated",
	"reactivate":             "console.user_reactivated",
	"offboarded":             "console.user_offboarded",
	"reset-sent":             "console.reset_sent",
	"invited":                "console.user_invited",
	"administrator":          "console.admin_changed",
	"saved":                  "console.user_saved",
	"user-role":              "console.role_changed",
	"joined":                 "console.member_added",
	"left":                   "console.member_removed",
	"projects":               "console.project_changed",
	"email-added":            "console.email_added",
	"resent":                 "console.email_resent",
	"primary":                "console.primary_changed",
	"email-removed":          "console.email_removed",
	"key-added":              "console.key_added",
	"key-removed":            "console.key_removed",
	"token-revoked":          "console.token_revoked",
	"factor-reset":           "console.factor_reset",
	"session-ended":          "console.session_ended",
	"sessions-ended":         "console.sessions_ended",
	"none-selected":          "console.none_selected",

	"invitations-sent":               "invites.all_sent",
	"invitation-" + invitationResend: "invites.resent",
	"invitation-" + invitationRevoke: "invites.revoke_done",
	"no-invitation":                  "invites.no_invitation",
}

// doneText returns the text about what the form before has done; "" if the query names none.
func doneText(m *ui.Messages, r *http.Request) string {
	in, err := ui.ReadQuery(r)
	if err != nil {
		return ""
	}
	if key, ok := doneTexts[in.Text("done")]; ok {
		return m.Text(key)
	}
	return ""
}

// forbiddenBody is the content of the page for those that may not open a page of the console.
type forbiddenBody struct {
	Username      string
	ServerOnly    bool // whether only administrators of the server have the permission
	Needs         string
	Organizations []model.Membership
}

// forbid writes the page that says why the actor may not open a page.
func (p *pages) forbid(w http.ResponseWriter, r *http.Request, a admin, needs model.Permission) error {
	memberships, err := p.Directory.MyOrganizations(r.Context(), a.Actor)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	return p.UI.Write(w, r, http.StatusForbidden, "console-forbidden", ui.Page{Title: m.Text("console.forbidden"), Wide: true, Body: forbiddenBody{
		Username: a.User.Username, ServerOnly: needs.HeldBy() == "administrators", Needs: permissionText(m, needs), Organizations: memberships,
	}})
}

// permissionText returns what a permission allows, in the words of the pages.
func permissionText(m *ui.Messages, p model.Permission) string {
	texts := map[model.Permission]string{
		model.UsersRead:           m.Text("permission.users_read"),
		model.UsersInvite:         m.Text("permission.users_invite"),
		model.UsersManage:         m.Text("permission.users_manage"),
		model.MembersManage:       m.Text("permission.members_manage"),
		model.RolesRead:           m.Text("permission.roles_read"),
		model.RolesManage:         m.Text("permission.roles_manage"),
		model.ProjectsReadAll:     m.Text("permission.projects_read_all"),
		model.ProjectsManage:      m.Text("permission.projects_manage"),
		model.OrganizationsCreate: m.Text("permission.organizations_create"),
		model.OrganizationsManage: m.Text("permission.organizations_manage"),
		model.AuditRead:           m.Text("permission.audit_read"),
		model.WebhooksManage:      m.Text("permission.webhooks_manage"),
		model.ServerManage:        m.Text("permission.server_manage"),
		model.ActAsOthers:         m.Text("permission.users_act_as"),
	}
	if text, ok := texts[p]; ok {
		return text
	}
	return string(p)
}
