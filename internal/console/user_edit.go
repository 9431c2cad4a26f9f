package console

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// editBody is the content of the page that changes a user.
type editBody struct {
	shownUser
	Changed []fieldChange // by somebody else since the page was opened
	By      string        // who changed it; may be empty
	Back    string
}

// fieldChange is a change of one field.
type fieldChange struct{ Label, Before, After string }

// profileFields lists the fields that the page changes, with their values.
func profileFields(m *ui.Messages, u model.User) []ui.Field {
	text := func(name, label, value string, optional bool) ui.Field {
		return ui.Field{Name: name, Label: label, Type: "text", Autocomplete: "off", Value: value, Optional: optional}
	}
	return []ui.Field{
		text("username", m.Text("form.username"), u.Username, false),
		text("given_name", m.Text("form.given_name"), u.GivenName, true),
		text("family_name", m.Text("form.family_name"), u.FamilyName, true),
		{Name: "bio", Label: m.Text("console.bio"), Type: "textarea", Value: u.Bio, Optional: true},
		text("company", m.Text("account.company"), u.Company, true),
		text("website_url", m.Text("account.website"), u.WebsiteURL, true),
	}
}

func (p *pages) showEdit(w http.ResponseWriter, r *http.Request, a admin, u shownUser) error {
	return p.UI.Write(w, r, http.StatusOK, "user-edit", p.editPage(r, a, u, profileFields(p.UI.MessagesFor(r), u.User)))
}

// editPage returns the page. Its form carries the version of the user and the values that the fields had, so
// that a change by another administrator in between is neither lost nor overwritten.
func (p *pages) editPage(r *http.Request, a admin, u shownUser, fields []ui.Field) ui.Page {
	m := p.UI.MessagesFor(r)
	page := p.userPage(r, a, u, m.Text("console.edit_user"), editBelow)
	page.Wide, page.Frame.Tabs = false, nil
	page.Form = &ui.Form{Action: u.Path(editBelow), Submit: m.Text("console.save"), Small: true, Hidden: map[string]string{"version": u.User.Version()}, Fields: fields}
	for _, f := range profileFields(m, u.User) {
		page.Form.Again = append(page.Form.Again, ui.SentField{Name: "was_" + f.Name, Value: f.Value})
	}
	page.Body = editBody{shownUser: u, Back: u.Path("")}
	return page
}

func (p *pages) saveEdit(w http.ResponseWriter, r *http.Request, a admin, in *ui.Input) error {
	u, err := p.user(r, a)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	fields := profileFields(m, u.User)
	sent := map[string]string{}
	for i, f := range fields {
		sent[f.Name] = in.Line(f.Name)
		if f.Type == "textarea" {
			sent[f.Name] = in.Text(f.Name)
		}
		fields[i].Value = sent[f.Name]
	}
	if err := in.Err(); err != nil {
		return err
	}
	value := func(name string) *string { text := sent[name]; return &text }
	change := directory.UserChange{
		IfVersion: in.Text("version"), Username: value("username"), GivenName: value("given_name"), FamilyName: value("family_name"),
		Bio: value("bio"), Company: value("company"), WebsiteURL: value("website_url"),
	}
	if u.User.Username == "" && sent["username"] == "" {
		change.Username = nil
	}
	_, err = p.Directory.ChangeUser(r.Context(), a.Actor, u.User.ID, change)
	switch {
	case err == nil:
		p.Redirect(w, u.Path("?done=saved"))
		return nil
	case fault.Has(err, "version", fault.Changed):
		return p.showConflict(w, r, a, u, in, fields)
	}
	return p.UI.WriteRejected(w, r, "user-edit", p.editPage(r, a, u, fields), err)
}

// showConflict shows the form again after somebody else changed the user. Fields that the actor changed keep
// what was typed; the others get the new values.
func (p *pages) showConflict(w http.ResponseWriter, r *http.Request, a admin, u shownUser, in *ui.Input, fields []ui.Field) error {
	m := p.UI.MessagesFor(r)
	body := editBody{shownUser: u, Back: u.Path("")}
	for i, now := range profileFields(m, u.User) {
		was := in.Text("was_" + now.Name)
		if was != now.Value {
			body.Changed = append(body.Changed, fieldChange{now.Label, was, now.Value})
		}
		if fields[i].Value == was {
			fields[i].Value = now.Value
		}
	}
	if err := in.Err(); err != nil {
		return err
	}
	events, err := p.Directory.Events(r.Context(), a.Actor, model.EventFilter{User: u.User.ID, Target: "user", Limit: 1, Descending: true})
	if err != nil {
		return err
	}
	lines, err := p.timelineOf(r, a, events)
	if err != nil {
		return err
	}
	for _, line := range lines {
		body.By = line.Actor
	}
	page := p.editPage(r, a, u, fields)
	page.Body = body
	return p.UI.Write(w, r, http.StatusConflict, "user-edit", page)
}
