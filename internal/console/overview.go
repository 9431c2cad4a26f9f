package console

import (
	"net/http"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

// overviewBody is the content of the overview.
type overviewBody struct {
	Server        *directory.Statistics // nil for those that administer organizations only
	Organizations []organizationRow
}

// organizationRow is one organization that the actor administers.
type organizationRow struct {
	model.Membership
	Members int
}

// showOverview writes the overview to those that administer something, and the list of APIs to others.
func (p *pages) showOverview(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
	actor, err := p.Actor(r)
	if err != nil {
		return err
	}
	if actor.Anonymous() || actor.MustEnrol() {
		return p.writeAPIs(w, r, !actor.Anonymous())
	}
	a, err := p.admin(r, actor)
	if err != nil {
		return err
	}
	if !a.Any() {
		return p.writeAPIs(w, r, true)
	}
	page := p.page(r, a, p.UI.MessagesFor(r).Text("console.overview"), browser.StartPath)
	body := overviewBody{}
	if a.Server {
		counts, err := p.Directory.Statistics(r.Context(), a.Actor)
		if err != nil {
			return err
		}
		body.Server = &counts
	}
	for _, m := range a.Organizations {
		members, err := p.Directory.Users(r.Context(), a.Actor, model.UserFilter{Org: m.Organization.ID, Limit: 1})
		if err != nil {
			return err
		}
		body.Organizations = append(body.Organizations, organizationRow{m, members.Total})
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "overview", page)
}
