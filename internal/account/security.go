package account

import (
	"net/http"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/useragent"
)

// securityBody is the content of the security page besides the form of the password.
type securityBody struct {
	Sessions []session
	Others   bool // whether there are other sessions than this one
}

// session is one session as the page shows it.
type session struct {
	model.Session
	Current bool
	Device  string
	Phone   bool
	Kind    string
}

func (p *pages) showSecurity(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	page, err := p.securityPage(r, actor)
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "security", page)
}

func (p *pages) securityPage(r *http.Request, actor model.Actor) (ui.Page, error) {
	me, err := p.me(r, actor)
	if err != nil {
		return ui.Page{}, err
	}
	open, err := p.Directory.Sessions(r.Context(), actor)
	if err != nil {
		return ui.Page{}, err
	}
	m := p.UI.MessagesFor(r)
	page := p.pageOf(r, me, m.Text("account.security"), SecurityPath)
	page.Form = p.passwordForm(r, actor, me)
	page.Body = securityBody{Sessions: sessionsOf(m, actor, open), Others: len(open) > 1}
	return page, nil
}

func (p *pages) passwordForm(r *http.Request, actor model.Actor, me self) *ui.Form {
	m := p.UI.MessagesFor(r)
	f := &ui.Form{Action: SecurityPath + "/password", Submit: m.Text("account.change_password"), Small: true,
		Hidden: map[string]string{"username": me.Username}} // for password managers
	if me.HasPassword {
		f.Fields = append(f.Fields, ui.Field{Name: "current_password", Label: m.Text("account.current_password"), Type: "password", Autocomplete: "current-password"})
	}
	f.Fields = append(f.Fields, ui.Field{
		Name: "password", Label: m.Text("form.new_password"), Type: "password", Autocomplete: "new-password",
		Hint: m.Count("form.new_password_hint", p.Directory.MinimumPasswordLength(r.Context(), actor)),
	})
	return f
}

// sessionsOf returns the session of the actor first, then the newest.
func sessionsOf(m *ui.Messages, actor model.Actor, open []model.Session) []session {
	kinds := map[model.SessionKind]string{
		model.ConsoleLogin: m.Text("account.kind_console"), model.WekanLogin: m.Text("account.kind_wekan"), model.PM415Login: m.Text("account.kind_pm"),
	}
	var current, others []session
	for i := len(open) - 1; i >= 0; i-- {
		name, phone := useragent.Describe(open[i].Agent)
		if name == "" {
			name = m.Text("account.unknown_device")
		}
		one := session{Session: open[i], Current: actor.UsesSession(open[i].ID), Device: name, Phone: phone, Kind: kinds[open[i].Kind]}
		if one.Current {
			current = append(current, one)
		} else {
			others = append(others, one)
		}
	}
	return append(current, others...)
}

// changePassword ends all other sessions. The form is shown again without the passwords.
func (p *pages) changePassword(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error {
	var current, next secret.Text = in.Secret("current_password"), in.Secret("password")
	if err := in.Err(); err != nil {
		return err
	}
	err := p.Directory.ChangePassword(r.Context(), actor, current, next)
	if err == nil {
		return p.back(w, SecurityPath, "password")
	}
	page, failed := p.securityPage(r, actor)
	if failed != nil {
		return failed
	}
	return p.reject(w, r, "security", page, err)
}

func (p *pages) revokeSession(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	id, err := pathID[model.SessionID](r, "session")
	if err != nil {
		return err
	}
	if err := p.Directory.RevokeSession(r.Context(), actor, actor.UserID(), id); err != nil {
		return err
	}
	return p.back(w, SecurityPath, "session")
}

func (p *pages) revokeOtherSessions(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	if err := p.Directory.RevokeOtherSessions(r.Context(), actor, actor.UserID()); err != nil {
		return err
	}
	return p.back(w, SecurityPath, "sessions")
}
