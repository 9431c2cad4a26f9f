package console

import (
	"net/http"
	"strconv"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/useragent"
)

// offboardBody is the content of the page that offboards a user, besides its form.
type offboardBody struct {
	shownUser
	directory.Offboarding
	Devices []string // of the sessions
	Back    string
}

func (p *pages) showOffboard(w http.ResponseWriter, r *http.Request, a admin, u shownUser) error {
	page, err := p.offboardPage(r, a, u, nil)
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "user-offboard", page)
}

// offboardPage returns the page that lists what ends, and asks who takes over. in has what was chosen before;
// nil for the first time.
func (p *pages) offboardPage(r *http.Request, a admin, u shownUser, in *ui.Input) (ui.Page, error) {
	m := p.UI.MessagesFor(r)
	page := p.userPage(r, a, u, m.Text("console.offboard_title", "name", u.User.Label()), offboardBelow)
	page.Wide, page.Frame.Tabs = false, nil
	held, err := p.Directory.Offboarding(r.Context(), a.Actor, u.User.ID)
	if err != nil {
		return page, err
	}
	form := &ui.Form{Action: u.Path(offboardBelow), Submit: m.Text("console.offboard"), Small: true, Danger: true, Hidden: map[string]string{"version": held.User.Version()}}
	for _, org := range held.LastAdminOf {
		field, err := p.successorField(r, a, u, org.ID, adminField(org.ID), m.Text("console.new_admin", "organization", org.Name), in)
		if err != nil {
			return page, err
		}
		form.Fields = append(form.Fields, field)
	}
	for _, one := range held.OnlyAssigneeOf {
		field, err := p.successorField(r, a, u, one.Org, assigneeField(one.ID), m.Text("console.new_assignee", "project", one.Name), in)
		if err != nil {
			return page, err
		}
		field.Optional = true
		if field.Type == "select" {
			field.Options = append([]ui.Option{{Label: m.Text("console.no_assignee")}}, field.Options...)
		}
		form.Fields = append(form.Fields, field)
	}
	name := confirmationOf(held.User)
	form.Fields = append(form.Fields, ui.Field{Name: "confirm", Label: m.Text("console.type_name", "name", name), Type: "text", Autocomplete: "off", Confirm: name})
	body := offboardBody{shownUser: u, Offboarding: held, Back: u.Path("")}
	for _, s := range held.Sessions {
		body.Devices = append(body.Devices, deviceText(m, s.Agent))
	}
	page.Form, page.Body = form, body
	return page, nil
}

// confirmationOf returns the text that must be typed to offboard a user.
func confirmationOf(u model.User) string {
	if u.Username != "" {
		return u.Username
	}
	return strconv.FormatInt(int64(u.ID), 10)
}

func adminField(org model.OrgID) string { return "admin_" + strconv.FormatInt(int64(org), 10) }
func assigneeField(one model.ProjectID) string {
	return "assignee_" + strconv.FormatInt(int64(one), 10)
}

// maxSuccessors is the number of members up to which a field offers them all. Beyond it, a username is typed.
const maxSuccessors = 50

// successorField returns the field for the member of an organization that takes over.
func (p *pages) successorField(r *http.Request, a admin, u shownUser, org model.OrgID, name, label string, in *ui.Input) (ui.Field, error) {
	chosen := ""
	if in != nil {
		chosen = in.Line(name)
	}
	members, err := p.Directory.Users(r.Context(), a.Actor, model.UserFilter{Org: org, State: model.Active, Order: model.ByName, Limit: maxSuccessors + 2, SkipTotal: true})
	if err != nil {
		return ui.Field{}, err
	}
	if len(members.Items) > maxSuccessors+1 {
		return ui.Field{Name: name, Label: label, Type: "text", Autocomplete: "off", Value: chosen, Hint: p.UI.MessagesFor(r).Text("console.successor_hint")}, nil
	}
	field := ui.Field{Name: name, Label: label, Type: "select"}
	for _, member := range members.Items {
		if member.ID != u.User.ID && member.Username != "" {
			field.Options = append(field.Options, ui.Option{Value: member.Username, Label: member.Label(), Selected: member.Username == chosen})
		}
	}
	return field, nil
}

func (p *pages) offboard(w http.ResponseWriter, r *http.Request, a admin, in *ui.Input) error {
	u, err := p.user(r, a)
	if err != nil {
		return err
	}
	page, err := p.offboardPage(r, a, u, in)
	if err != nil {
		return err
	}
	body, ok := page.Body.(offboardBody)
	if !ok {
		return fault.Missing("user")
	}
	m := p.UI.MessagesFor(r)
	if in.Line("confirm") != confirmationOf(u.User) {
		page.Form.Reject("confirm", m.Text("console.type_name_wrong"))
	}
	handover := directory.Handover{IfVersion: in.Text("version"), Admins: map[model.OrgID]model.UserID{}, Assignees: map[model.ProjectID]model.UserID{}}
	for _, org := range body.LastAdminOf {
		if handover.Admins[org.ID], err = p.successor(r, a, m, page.Form, adminField(org.ID), in); err != nil {
			return err
		}
	}
	for _, one := range body.OnlyAssigneeOf {
		if in.Line(assigneeField(one.ID)) == "" {
			continue
		}
		if handover.Assignees[one.ID], err = p.successor(r, a, m, page.Form, assigneeField(one.ID), in); err != nil {
			return err
		}
	}
	if err := in.Err(); err != nil {
		return err
	}
	if page.Form.Rejected() {
		return p.UI.Write(w, r, http.StatusUnprocessableEntity, "user-offboard", page)
	}
	if _, err := p.Directory.Offboard(r.Context(), a.Actor, u.User.ID, handover); err != nil {
		return p.rejectForm(w, r, "user-offboard", page, err)
	}
	p.Redirect(w, u.Path("?done=offboarded"))
	return nil
}

// successor returns the user whose name is in a field; a name that no user has is rejected.
func (p *pages) successor(r *http.Request, a admin, m *ui.Messages, form *ui.Form, field string, in *ui.Input) (model.UserID, error) {
	found, err := p.Directory.UserByUsername(r.Context(), a.Actor, in.Line(field))
	if fault.KindOf(err) == fault.NotFound {
		form.Reject(field, m.Text("console.no_successor"))
		return 0, nil
	}
	return found.ID, err
}

// deviceText names the program of a session.
func deviceText(m *ui.Messages, agent string) string {
	name, _ := useragent.Describe(agent)
	if name == "" {
		return m.Text("account.unknown_device")
	}
	return name
}

func kindText(m *ui.Messages, kind model.SessionKind) string {
	return map[model.SessionKind]string{
		model.ConsoleLogin: m.Text("account.kind_console"), model.WekanLogin: m.Text("account.kind_wekan"), model.PM415Login: m.Text("account.kind_pm"),
	}[kind]
}
