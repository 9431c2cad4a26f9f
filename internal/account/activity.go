package account

import (
	"net/http"
	"strconv"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// activityPage is the number of events on one page.
const activityPage = 50

// activityBody is the content of the page of recent activity.
type activityBody struct {
	Events []event
	Older  int64 // id before which the next page begins; 0 for no next page
}

// event is one event as the page shows it.
type event struct {
	model.Event
	Text   string
	Others bool // whether another user did it
}

func (p *pages) showActivity(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	in, err := ui.ReadQuery(r)
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(in.Line("before"), 10, 64) // anything else is the first page
	if err := in.Err(); err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	page, err := p.page(r, actor, m.Text("account.activity"), activityPath)
	if err != nil {
		return err
	}
	events, err := p.Directory.MyEvents(r.Context(), actor, model.EventID(max(before, 0)), activityPage)
	if err != nil {
		return err
	}
	var body activityBody
	for _, e := range events {
		body.Events = append(body.Events, event{e, browser.VerbText(m, e.Verb), e.Actor != actor.UserID() && e.Actor != 0})
	}
	if len(events) == activityPage {
		body.Older = int64(events[len(events)-1].ID)
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "activity", page)
}
