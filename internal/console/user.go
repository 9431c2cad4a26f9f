package console

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/decimal"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// The page of one user, and the pages below it.
const userRoute = usersPath + "/{id}"

// userPath returns the path of the page of a user, or of a page below it.
func userPath(id model.UserID, below string) string {
	return usersPath + "/" + strconv.FormatInt(int64(id), 10) + below
}

// shownUser is a user that has a page, with what the actor may do.
type shownUser struct {
	directory.UserRow
	Server bool // whether the actor is an administrator of the server
	Self   bool // whether it is the actor
	State  ui.Badge
}

// Path returns the path of a page or form of the user.
func (s shownUser) Path(below string) string { return userPath(s.User.ID, below) }

// Initials returns the letters in place of a picture.
func (s shownUser) Initials() string { return ui.Frame{Name: s.User.Label()}.Initials() }

// user returns the user in the path of a request. Users that the actor cannot see are NotFound.
func (p *pages) user(r *http.Request, a admin) (shownUser, error) {
	id, err := pathID[model.UserID](r, "id", "user")
	if err != nil {
		return shownUser{}, err
	}
	rows, err := p.Directory.UserRowsByID(r.Context(), a.Actor, []model.UserID{id})
	if err == nil && len(rows) == 0 {
		err = fault.Missing("user")
	}
	if err != nil {
		return shownUser{}, err
	}
	if !a.Server && !administersOne(a, rows[0].Memberships) {
		return shownUser{}, fault.Missing("user")
	}
	return shownUser{UserRow: rows[0], Server: a.Server, Self: id == a.UserID(), State: stateBadge(p.UI.MessagesFor(r), rows[0].User)}, nil
}

// administersOne reports whether the actor administers an organization of some memberships.
func administersOne(a admin, memberships []model.Membership) bool {
	for _, m := range memberships {
		if a.HasIn(m.Organization.ID, model.UsersRead) {
			return true
		}
	}
	return false
}

// showOf returns the endpoint of a page below that of a user.
func (p *pages) showOf(below string, needs model.Permission, serve func(http.ResponseWriter, *http.Request, admin, shownUser) error) browser.Endpoint {
	return p.show(userRoute+below, needs, func(w http.ResponseWriter, r *http.Request, a admin) error {
		u, err := p.user(r, a)
		if err != nil {
			return err
		}
		return serve(w, r, a, u)
	})
}

// formOf returns the endpoint of a form below the page of a user. After success it leads to the page back,
// which says what was done.
func (p *pages) formOf(below string, needs model.Permission, back, done string, serve func(*http.Request, admin, shownUser, *ui.Input) error) browser.Endpoint {
	return p.form(userRoute+below, needs, func(w http.ResponseWriter, r *http.Request, a admin, in *ui.Input) error {
		u, err := p.user(r, a)
		if err != nil {
			return err
		}
		if err := serve(r, a, u, in); err != nil {
			return err
		}
		p.Redirect(w, userPath(u.User.ID, back)+"?done="+done)
		return nil
	})
}

// The pages below that of a user.
const (
	accessBelow      = "/access"
	credentialsBelow = "/credentials"
	sessionsBelow    = "/sessions"
	historyBelow     = "/history"
	editBelow        = "/edit"
	offboardBelow    = "/offboard"
)

// userPage returns a page of a user, with tabs. below is the path of the page below that of the user.
func (p *pages) userPage(r *http.Request, a admin, u shownUser, title, below string) ui.Page {
	m := p.UI.MessagesFor(r)
	crumbs := []ui.Link{{Text: m.Text("console.users"), Path: usersPath}}
	if below != "" {
		crumbs = append(crumbs, ui.Link{Text: u.User.Label(), Path: u.Path("")})
	}
	page := p.page(r, a, title, usersPath, crumbs...)
	tab := func(text, target string) {
		page.Frame.Tabs = append(page.Frame.Tabs, ui.Tab{Link: ui.Link{Text: text, Path: u.Path(target)}, Current: target == below})
	}
	tab(m.Text("console.overview"), "")
	tab(m.Text("console.access"), accessBelow)
	if a.Server {
		tab(m.Text("console.credentials"), credentialsBelow)
		tab(m.Text("account.sessions"), sessionsBelow)
		tab(m.Text("console.history"), historyBelow)
	}
	return page
}

// userBody is the content of the page of a user.
type userBody struct {
	shownUser
	Events  []timelineEntry
	Actions []userAction
}

// userAction is a form with one button on the page of a user.
type userAction struct {
	Text   string
	Form   *ui.Form
	Danger bool
}

// recentEvents is the number of events on the page of a user.
const recentEvents = 8

func (p *pages) showUser(w http.ResponseWriter, r *http.Request, a admin, u shownUser) error {
	m := p.UI.MessagesFor(r)
	page := p.userPage(r, a, u, u.User.Label(), "")
	body := userBody{shownUser: u}
	page.Undo = p.undoOf(r, a, u)
	if a.Server {
		events, err := p.Directory.Events(r.Context(), a.Actor, model.EventFilter{User: u.User.ID, Limit: recentEvents, Descending: true})
		if err != nil {
			return err
		}
		if body.Events, err = p.timelineOf(r, a, events); err != nil {
			return err
		}
		body.Actions = userActions(m, u)
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "user", page)
}

// undoPage names the state of the form that undoes a change for [directory.Directory.SealPageState]. The address
// of a page may come from a link of anyone, and no link offers to undo what the actor has not done.
const undoPage = "undo"

// undoable returns what undoOf reads: that the actor changed the state of a user by an operation.
func undoable(u shownUser, op string) string { return fmt.Sprintf("%s %d", op, u.User.ID) }

// undoOf returns the form that undoes the change of the state that the page reports; nil if there is none.
func (p *pages) undoOf(r *http.Request, a admin, u shownUser) *ui.Form {
	in, err := ui.ReadQuery(r)
	if err != nil || !u.Server {
		return nil
	}
	inverse := map[string]string{}
	switch u.User.Shown() {
	case model.Blocked:
		inverse["block"] = "unblock"
	case model.Deactivated:
		inverse["deactivate"] = "reactivate"
	default:
		inverse["unblock"], inverse["reactivate"] = "block", "deactivate"
	}
	done := in.Text("done")
	op, known := inverse[done]
	if !known {
		return nil
	}
	if state, err := p.Directory.OpenPageState(r.Context(), a.Actor, undoPage, in.Text("undo")); err != nil || state != undoable(u, done) {
		return nil
	}
	return &ui.Form{Action: u.Path("/state"), Submit: p.UI.MessagesFor(r).Text("script.undo"), Hidden: map[string]string{"op": op}}
}

// userActions returns the actions in the menu. What the user itself decides is on the pages of the account.
func userActions(m *ui.Messages, u shownUser) []userAction {
	state := func(op, text string) userAction {
		return userAction{Text: text, Form: &ui.Form{Action: u.Path("/state"), Hidden: map[string]string{"op": op}}}
	}
	var list []userAction
	switch u.User.Shown() {
	case model.Blocked:
		list = append(list, state("unblock", m.Text("console.op_unblock")))
	case model.Deactivated:
		list = append(list, state("reactivate", m.Text("console.op_reactivate")), state("block", m.Text("console.op_block")))
	default:
		list = append(list, state("block", m.Text("console.op_block")), state("deactivate", m.Text("console.op_deactivate")))
	}
	if u.User.AwaitsInvitation() {
		return append(list, userAction{Text: m.Text("console.op_invite"), Form: &ui.Form{Action: u.Path("/invite")}})
	}
	if u.User.State == model.Active && !u.User.Service {
		list = append(list, userAction{Text: m.Text("console.send_reset"), Form: &ui.Form{Action: u.Path("/reset-password")}})
	}
	if u.User.Admin {
		return append(list, userAction{Text: m.Text("console.revoke_admin"), Danger: true, Form: &ui.Form{Action: u.Path("/administrator"), Hidden: map[string]string{"to": "no"}}})
	}
	if u.User.State == model.Active {
		list = append(list, userAction{Text: m.Text("console.make_admin"), Form: &ui.Form{Action: u.Path("/administrator"), Hidden: map[string]string{"to": "yes"}}})
	}
	return list
}

// changeState blocks, unblocks, deactivates or reactivates a user. The notice offers to undo it.
func (p *pages) changeState(w http.ResponseWriter, r *http.Request, a admin, in *ui.Input) error {
	u, err := p.user(r, a)
	if err != nil {
		return err
	}
	op := in.Text("op")
	var changed model.User
	switch op {
	case "block":
		changed, err = p.Directory.BlockUser(r.Context(), a.Actor, u.User.ID)
	case "unblock":
		changed, err = p.Directory.UnblockUser(r.Context(), a.Actor, u.User.ID)
	case "deactivate":
		changed, err = p.Directory.DeactivateUser(r.Context(), a.Actor, u.User.ID)
	case "reactivate":
		changed, err = p.Directory.ReactivateUser(r.Context(), a.Actor, u.User.ID)
	default:
		err = unknownValue("op")
	}
	if err != nil {
		return err
	}
	undo := ""
	if changed.Shown() != u.User.Shown() {
		undo = p.Directory.SealPageState(r.Context(), a.Actor, undoPage, undoable(u, op))
	}
	p.Redirect(w, pathWith(u.Path(""), "done", op, "undo", undo))
	return nil
}

func (p *pages) sendReset(r *http.Request, a admin, u shownUser, _ *ui.Input) error {
	_, err := p.Directory.SendPasswordReset(r.Context(), a.Actor, u.User.ID)
	return err
}

func (p *pages) inviteUserAgain(r *http.Request, a admin, u shownUser, _ *ui.Input) error {
	_, err := p.Directory.InviteAgain(r.Context(), a.Actor, u.User.ID)
	return err
}

func (p *pages) setAdministrator(r *http.Request, a admin, u shownUser, in *ui.Input) error {
	to := in.Text("to") == "yes"
	_, err := p.Directory.ChangeUser(r.Context(), a.Actor, u.User.ID, directory.UserChange{Admin: &to})
	return err
}

// timelineEntry is one event as the timeline shows it.
type timelineEntry struct {
	At      time.Time
	Text    string
	Actor   string // label of another user that did it; "" for none
	Detail  string
	API     string
	Address string
	Icon    string
	Tone    string // "bad", "ok" or ""
}

// timelineOf returns events with the labels of their actors.
func (p *pages) timelineOf(r *http.Request, a admin, events []model.Event) ([]timelineEntry, error) {
	m := p.UI.MessagesFor(r)
	var ids []model.UserID
	for _, e := range events {
		if e.Actor != 0 && e.Actor != e.User {
			ids = append(ids, e.Actor)
		}
	}
	rows, err := p.Directory.UserRowsByID(r.Context(), a.Actor, ids)
	if err != nil {
		return nil, err
	}
	labels := map[model.UserID]string{}
	for _, row := range rows {
		labels[row.User.ID] = row.User.Label()
	}
	var lines []timelineEntry
	for _, e := range events {
		line := timelineEntry{At: e.At, Text: browser.VerbText(m, e.Verb), Detail: e.Detail, API: string(e.API), Address: e.Address, Icon: "event"}
		line.Icon, line.Tone = eventMark(e.Verb)
		switch {
		case e.Credential == model.ByOperator:
			line.Actor = m.Text("console.by_operator")
		case e.Actor != 0 && e.Actor != e.User:
			if line.Actor = labels[e.Actor]; line.Actor == "" {
				line.Actor = m.Text("console.by_user", "id", strconv.FormatInt(int64(e.Actor), 10))
			}
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// eventMark returns the icon and the tone of an event.
func eventMark(v model.Verb) (icon, tone string) {
	switch v {
	case model.UserBlock, model.UserDeactivate, model.UserDelete, model.SessionFail:
		return "block", "bad"
	case model.UserUnblock, model.UserReactivate, model.UserActivate, model.SessionOpen:
		return "ok", "ok"
	case model.UserChanged:
		return "edit", ""
	case model.MemberChange:
		return "role", ""
	}
	return "event", ""
}

// historyBody is the content of the page with the events of a user.
type historyBody struct {
	shownUser
	Events []timelineEntry
	Older  string // path of the next page; "" for none
}

// historyRows is the number of events on one page.
const historyRows = 50

func (p *pages) showHistory(w http.ResponseWriter, r *http.Request, a admin, u shownUser) error {
	in, err := ui.ReadQuery(r)
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(in.Line("before"), 10, 64) // anything else is the first page
	events, err := p.Directory.Events(r.Context(), a.Actor, model.EventFilter{
		User: u.User.ID, Before: model.EventID(max(before, 0)), Limit: historyRows, Descending: true,
	})
	if err != nil {
		return err
	}
	page := p.userPage(r, a, u, p.UI.MessagesFor(r).Text("console.history"), historyBelow)
	body := historyBody{shownUser: u}
	if body.Events, err = p.timelineOf(r, a, events); err != nil {
		return err
	}
	if len(events) == historyRows {
		body.Older = u.Path(historyBelow + "?before=" + strconv.FormatInt(int64(events[len(events)-1].ID), 10))
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "user-history", page)
}

// pathID returns an id in the path of a request; what names the record in an error.
func pathID[ID ~int64](r *http.Request, name, what string) (ID, error) {
	id, ok := decimal.ParseID(r.PathValue(name))
	if !ok {
		return 0, fault.Missing(what)
	}
	return ID(id), nil
}
