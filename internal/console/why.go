package console

import (
	"net/http"

	"roster.example/roster/internal/access"
	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// whyRest is the page of what one member may do, below the path of the organization.
const whyRest = membersRest + "/{user}/why"

func (p *pages) whyEndpoints() []browser.Endpoint {
	return []browser.Endpoint{p.showOrganization(whyRest, model.MembersManage, p.showWhy)}
}

// whyRow is one permission with the reason for its decision.
type whyRow struct {
	Permission string
	Allowed    bool
	Reason     string
	RolesWith  []string // shown if the role of the member lacks it
}

// whyBody is the content of the page.
type whyBody struct {
	Rows   []whyRow
	ID     model.UserID
	Action string // path of the form that changes the role
}

func (p *pages) showWhy(w http.ResponseWriter, r *http.Request, a orgAdmin) error {
	id, err := pathID[model.UserID](r, "user", "user")
	if err != nil {
		return err
	}
	found, err := p.Directory.ExplainMember(r.Context(), a.Actor, a.org.ID, id)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	page := p.organizationPage(r, a, m.Text("why.title", "name", found.User.Label()), "", ui.Link{Text: m.Text("console.members"), Path: organizationPath(a.org.ID, "")})
	page.Wide, page.Lead = false, m.Text("why.lead", "role", found.Role.Name, "organization", a.org.Name)
	body := whyBody{ID: found.User.ID, Action: organizationPath(a.org.ID, membersRest)}
	for _, d := range found.Decisions {
		row := whyRow{Permission: permissionText(m, d.Permission), Allowed: d.Allowed, Reason: decisionText(m, d.Decision)}
		if d.Reason == "no_role" {
			row.RolesWith = d.RolesWith
		}
		body.Rows = append(body.Rows, row)
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "why", page)
}

// decisionText returns the reason of a decision about a member.
func decisionText(m *ui.Messages, d access.Decision) string {
	switch d.Reason {
	case "administrator":
		return m.Text("why.administrator")
	case "role":
		return m.Text("why.role", "role", d.Role.Name)
	case "no_role":
		return m.Text("why.no_role", "role", d.Role.Name)
	case "state":
		return m.Text("why.state")
	}
	return d.Detail
}
