package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/decimal"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

const (
	eventsPath       = browser.StartPath + "/events"
	eventsExportPath = eventsPath + "/export"

	// eventRows is the number of events on a page.
	eventRows = 50
	// verifiedEvents is the number of newest events that the page verifies.
	verifiedEvents = 200
)

// The parameters of the list of events. Those of the filter have the names of the native API, except
// that users are named by what [directory.Directory.UserNamed] accepts.
const (
	actorParam    = "actor"
	userParam     = "user"
	verbParam     = "verb"
	apiParam      = "api"
	orgParam      = "organization"
	targetParam   = "target"
	targetIDParam = "target_id"
	sinceParam    = "since"
	untilParam    = "until"
	olderParam    = "before"
	newerParam    = "after"
)

// eventsBody is the content of the list of events.
type eventsBody struct {
	Filters []ui.Field
	Hidden  map[string]string // of the filter, but not in the form
	Lines   []eventLine
	Pager   ui.Pager
	Empty   ui.Empty
	Clear   string // path of the list without a filter; "" if there is none
	Tail    bool   // whether the page can follow new events
	CSV     string
	JSONL   string
	Chain   *chainState // nil for users that are not administrators of the server
	Org     string      // name of the organization of all events; "" for the whole server
}

// chainState is what the page says about the chain of events.
type chainState struct {
	ID       int
	Hash     string
	Verified int
	Broken   string // what is wrong, as a sentence; "" if nothing is
}

// eventView is the filter of a page, as its query has it.
type eventView struct {
	ui.Query
	filter  model.EventFilter
	unknown []string // parameters that name no user that the actor can see
}

func (p *pages) showEvents(w http.ResponseWriter, r *http.Request, a admin) error {
	v, err := p.readEventView(r, a)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	page := p.page(r, a, m.Text("events.title"), eventsPath)
	page.Fragment = "events"
	body := eventsBody{Filters: eventFilters(m, a, v), Hidden: v.hidden(), Tail: v.Get(olderParam) == "" && v.Get(newerParam) == ""}
	if body.Lines, body.Pager, err = p.eventLines(r, a, v); err != nil {
		return err
	}
	if v.Encode() != "" {
		body.Clear = eventsPath
	}
	body.Empty = emptyEvents(m, v)
	export := ui.NewQuery(eventsExportPath, v.values())
	body.CSV, body.JSONL = export.With("format", "csv"), export.With("format", "jsonl")
	if a.Server {
		chain, err := p.chainState(r, a)
		if err != nil {
			return err
		}
		body.Chain = &chain
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "events", page)
}

// readEventView reads the filter of a request. Users that are not administrators of the server always have
// an organization in it.
func (p *pages) readEventView(r *http.Request, a admin) (eventView, error) {
	in, err := ui.ReadQuery(r)
	if err != nil {
		return eventView{}, err
	}
	values := url.Values{}
	for _, name := range []string{actorParam, userParam, verbParam, apiParam, orgParam, targetParam, targetIDParam, sinceParam, untilParam, olderParam, newerParam} {
		values.Set(name, in.Line(name))
	}
	if err := in.Err(); err != nil {
		return eventView{}, err
	}
	v := eventView{Query: ui.NewQuery(eventsPath, values)}
	f := &v.filter
	f.Verb, f.API, f.Target = model.Verb(v.Get(verbParam)), model.API(v.Get(apiParam)), v.Get(targetParam)
	f.TargetID, _ = decimal.ParseID(v.Get(targetIDParam))
	f.Since, f.Until = dayIn(r, v.Get(sinceParam)), dayIn(r, v.Get(untilParam))
	if !f.Until.IsZero() {
		f.Until = f.Until.AddDate(0, 0, 1) // the day in the form is part of the list
	}
	before, _ := decimal.ParseID(v.Get(olderParam))
	after, _ := decimal.ParseID(v.Get(newerParam))
	f.Before, f.After = model.EventID(before), model.EventID(after)
	if err := p.readEventUsers(r, a, &v); err != nil {
		return v, err
	}
	f.Org, err = p.eventOrganization(r, a, v.Get(orgParam))
	return v, err
}

// dayIn returns the beginning of a day in the zone of the reader, in which the page shows times; the zero
// time for other text.
func dayIn(r *http.Request, text string) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, text, ui.ZoneOf(r))
	if err != nil {
		return time.Time{}
	}
	return at
}

// readEventUsers looks up the users of the filter. Deleted users can be named by their ids.
func (p *pages) readEventUsers(r *http.Request, a admin, v *eventView) error {
	for name, into := range map[string]*model.UserID{actorParam: &v.filter.Actor, userParam: &v.filter.User} {
		text := v.Get(name)
		if text == "" {
			continue
		}
		u, err := p.Directory.UserNamed(r.Context(), a.Actor, text)
		id, isID := decimal.ParseID(text)
		switch {
		case err == nil:
			*into = u.ID
		case isID && fault.KindOf(err) == fault.NotFound:
			*into = model.UserID(id)
		case fault.KindOf(err) == fault.NotFound || fault.KindOf(err) == fault.Conflict || fault.KindOf(err) == fault.Invalid:
			v.unknown = append(v.unknown, text)
		default:
			return err
		}
	}
	return nil
}

// eventOrganization returns the organization of the filter; 0 for the whole server. The directory checks
// the permission.
func (p *pages) eventOrganization(r *http.Request, a admin, text string) (model.OrgID, error) {
	if text != "" {
		org, err := p.Directory.OrganizationNamed(r.Context(), a.Actor, text)
		return org.ID, err
	}
	if a.Server {
		return 0, nil
	}
	for _, m := range a.Organizations {
		if a.HasIn(m.Organization.ID, model.AuditRead) {
			return m.Organization.ID, nil
		}
	}
	return 0, nil
}

// hidden returns the parameters of the filter that the form does not show.
func (v eventView) hidden() map[string]string {
	hidden := map[string]string{}
	for _, name := range []string{targetParam, targetIDParam} {
		if value := v.Get(name); value != "" {
			hidden[name] = value
		}
	}
	return hidden
}

// values returns the parameters of the filter without those of the page.
func (v eventView) values() url.Values {
	values := url.Values{}
	for _, name := range []string{actorParam, userParam, verbParam, apiParam, orgParam, targetParam, targetIDParam, sinceParam, untilParam} {
		values.Set(name, v.Get(name))
	}
	return values
}

// eventFilters returns the fields of the filter.
func eventFilters(m *ui.Messages, a admin, v eventView) []ui.Field {
	fields := []ui.Field{
		{Name: actorParam, Label: m.Text("events.actor"), Type: "text", Value: v.Get(actorParam)},
		{Name: userParam, Label: m.Text("events.about_user"), Type: "text", Value: v.Get(userParam)},
		{Name: verbParam, Label: m.Text("events.type"), Type: "select", Options: verbOptions(m, v.Get(verbParam))},
		{Name: apiParam, Label: m.Text("events.through"), Type: "select", Options: apiOptions(m, v.Get(apiParam))},
		{Name: sinceParam, Label: m.Text("events.since"), Type: "date", Value: v.Get(sinceParam)},
		{Name: untilParam, Label: m.Text("events.until"), Type: "date", Value: v.Get(untilParam)},
	}
	if a.Server {
		return append(fields, ui.Field{Name: orgParam, Label: m.Text("console.organization"), Type: "text", Value: v.Get(orgParam)})
	}
	var options []ui.Option
	for _, member := range a.Organizations {
		if org := member.Organization; a.HasIn(org.ID, model.AuditRead) {
			options = append(options, ui.Option{Value: org.Slug, Label: org.Name, Selected: org.ID == v.filter.Org})
		}
	}
	return append(fields, ui.Field{Name: orgParam, Label: m.Text("console.organization"), Type: "select", Options: options})
}

// verbOptions returns the groups of verbs, and the verb of the filter.
func verbOptions(m *ui.Messages, chosen string) []ui.Option {
	options := []ui.Option{{Label: m.Text("events.any_type")}}
	var groups []string
	for _, verb := range model.Verbs() {
		noun, _, _ := strings.Cut(string(verb), ".")
		if !slices.Contains(groups, noun) {
			groups = append(groups, noun)
		}
	}
	for _, noun := range groups {
		options = append(options, ui.Option{Value: noun + ".", Label: nounText(m, noun), Selected: noun+"." == chosen})
	}
	if chosen != "" && !strings.HasSuffix(chosen, ".") {
		options = append(options, ui.Option{Value: chosen, Label: browser.VerbText(m, model.Verb(chosen)), Selected: true})
	}
	return options
}

func apiOptions(m *ui.Messages, chosen string) []ui.Option {
	options := []ui.Option{{Label: m.Text("events.any_api")}}
	for _, api := range model.APIs() {
		options = append(options, ui.Option{Value: string(api), Label: apiText(m, api), Selected: string(api) == chosen})
	}
	return options
}

// eventLines reads the events of a page. It reads one more than the page shows, to know whether there is a
// next page.
func (p *pages) eventLines(r *http.Request, a admin, v eventView) ([]eventLine, ui.Pager, error) {
	m := p.UI.MessagesFor(r)
	var events []model.Event
	if len(v.unknown) == 0 {
		f := v.filter
		f.Limit, f.Descending = eventRows+1, f.After == 0
		var err error
		if events, err = p.Directory.Events(r.Context(), a.Actor, f); err != nil {
			return nil, ui.Pager{}, err
		}
	}
	more := len(events) > eventRows
	events = events[:min(len(events), eventRows)]
	newer := v.filter.After != 0
	if newer {
		slices.Reverse(events)
	}
	pager := ui.Pager{Count: m.Count("events.shown", len(events))}
	if len(events) > 0 {
		first, last := strconv.FormatInt(int64(events[0].ID), 10), strconv.FormatInt(int64(events[len(events)-1].ID), 10)
		if more || newer {
			pager.Next = v.With(olderParam, last, newerParam, "")
		}
		if newer && more || v.filter.Before != 0 {
			pager.Previous = v.With(newerParam, first, olderParam, "")
		}
	}
	names, err := p.Directory.NamesOfEvents(r.Context(), a.Actor, events)
	if err != nil {
		return nil, pager, err
	}
	lines := make([]eventLine, 0, len(events))
	for _, e := range events {
		lines = append(lines, newEventLine(m, v, names, e))
	}
	return lines, pager, nil
}

func emptyEvents(m *ui.Messages, v eventView) ui.Empty {
	empty := ui.Empty{Icon: "event", Title: m.Text("events.none"), Text: m.Text("events.none_text")}
	if len(v.unknown) > 0 {
		empty.Text = m.Text("events.no_user", "user", strings.Join(v.unknown, ", "))
	}
	if v.Encode() != "" {
		empty.Link = ui.Link{Text: m.Text("events.clear"), Path: eventsPath}
	}
	return empty
}

// chainState verifies the newest events and returns the head.
func (p *pages) chainState(r *http.Request, a admin) (chainState, error) {
	head, err := p.Directory.EventHead(r.Context(), a.Actor)
	if err != nil {
		return chainState{}, err
	}
	state := chainState{ID: int(head.ID), Hash: directory.HeadText(head)}
	report, err := p.Directory.VerifyNewest(r.Context(), a.Actor, verifiedEvents)
	if fault.KindOf(err) == fault.Conflict {
		state.Broken = ui.ErrorText(p.UI.MessagesFor(r), err)
		return state, nil
	}
	state.Verified = report.Events
	return state, err
}
