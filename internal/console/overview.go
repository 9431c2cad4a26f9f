package console

import (
	"net/http"
	"time"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

// overviewBody is the content of the overview.
type overviewBody struct {
	Server        *serverFigures // nil for those that administer organizations only
	Attention     []attention
	Charts        []chart
	ComputedAt    time.Time // of the charts
	Organizations []organizationRow
}

// serverFigures are the counts of the whole server.
type serverFigures struct {
	directory.Statistics
	EventCount int
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
		if err := p.addServerFigures(r, a, &body); err != nil {
			return err
		}
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

// addServerFigures adds what administrators of the server see.
func (p *pages) addServerFigures(r *http.Request, a admin, body *overviewBody) error {
	counts, err := p.Directory.Statistics(r.Context(), a.Actor)
	if err != nil {
		return err
	}
	figures, err := p.Directory.Overview(r.Context(), a.Actor)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	body.Server = &serverFigures{counts, int(counts.Events)}
	body.Attention = attentionOf(m, counts, figures)
	body.Charts = []chart{
		newChart(m, "sign-ins", m.Text("overview.sign_ins"), "overview.sign_in_count", "fill-1", figures.SignIns),
		newChart(m, "failures", m.Text("overview.failures"), "overview.failure_count", "fill-2", figures.Failures),
	}
	body.ComputedAt = figures.At
	return nil
}
