package console

import (
	"errors"
	"net/http"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/sshkey"
	"roster.example/roster/internal/ui"
)

// credentialsBody is the content of the page with the addresses and credentials of a user.
type credentialsBody struct {
	shownUser
	Addresses   []addressRow
	AddEmail    *ui.Form
	Keys        []model.SSHKey
	AddKey      *ui.Form
	Tokens      []model.AccessToken // not revoked
	APIKey      bool
	APIKeyUsed  time.Time
	Factors     []model.Authenticator
	MustHave    bool // whether a second factor is required
	Codes       int  // recovery codes that are left
	ResetFactor bool // whether the actor may remove the second factors
}

// addressRow is one address of a user.
type addressRow struct {
	model.Email
	Removable bool
}

func (p *pages) showCredentials(w http.ResponseWriter, r *http.Request, a admin, u shownUser) error {
	page, err := p.credentialsPage(r, a, u)
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "user-credentials", page)
}

func (p *pages) credentialsPage(r *http.Request, a admin, u shownUser) (ui.Page, error) {
	m := p.UI.MessagesFor(r)
	page := p.userPage(r, a, u, m.Text("console.credentials"), credentialsBelow)
	body := credentialsBody{shownUser: u, ResetFactor: !u.Self, AddEmail: emailForm(m, u, ""), AddKey: userKeyForm(m, u, "", "")}
	for _, e := range u.User.Emails {
		body.Addresses = append(body.Addresses, addressRow{e, !e.Primary && !e.PreviousPrimary})
	}
	held, err := p.Directory.Offboarding(r.Context(), a.Actor, u.User.ID)
	if err != nil {
		return page, err
	}
	body.Keys, body.Tokens, body.APIKey, body.APIKeyUsed = held.Keys, held.Tokens, held.APIKey, held.APIKeyUsedAt
	factors, err := p.Directory.SecondFactors(r.Context(), a.Actor, u.User.ID)
	body.Factors, body.MustHave, body.Codes = factors.Authenticators, factors.Required, factors.RecoveryCodes
	page.Body = body
	return page, err
}

func emailForm(m *ui.Messages, u shownUser, address string) *ui.Form {
	return &ui.Form{Action: u.Path("/emails"), Submit: m.Text("account.add_email"), Small: true,
		Fields: []ui.Field{{Name: "email", Label: m.Text("account.new_email"), Type: "email", Autocomplete: "off", Value: address}}}
}

func userKeyForm(m *ui.Messages, u shownUser, key, title string) *ui.Form {
	return &ui.Form{Action: u.Path("/keys"), Submit: m.Text("account.add_key"), Small: true, Fields: []ui.Field{
		{Name: "key", Label: m.Text("account.public_key"), Type: "textarea", Value: key, Hint: m.Text("account.public_key_hint"), Drop: true},
		{Name: "title", Label: m.Text("account.key_title"), Type: "text", Autocomplete: "off", Value: title, Optional: true, Hint: m.Text("account.key_title_hint")},
	}}
}

// rejectCredential shows the page of credentials again after one of its forms was rejected.
func (p *pages) rejectCredential(w http.ResponseWriter, r *http.Request, a admin, u shownUser, form *ui.Form, put func(*credentialsBody), err error) error {
	page, failed := p.credentialsPage(r, a, u)
	if failed != nil {
		return failed
	}
	if body, ok := page.Body.(credentialsBody); ok {
		put(&body)
		page.Body = body
	}
	page.Form = form
	return p.UI.WriteRejected(w, r, "user-credentials", page, err)
}

func (p *pages) addEmail(w http.ResponseWriter, r *http.Request, a admin, in *ui.Input) error {
	u, err := p.user(r, a)
	if err != nil {
		return err
	}
	address := in.Line("email")
	if err := in.Err(); err != nil {
		return err
	}
	if _, err = p.Directory.AddEmail(r.Context(), a.Actor, u.User.ID, address); err != nil {
		form := emailForm(p.UI.MessagesFor(r), u, address)
		return p.rejectCredential(w, r, a, u, form, func(body *credentialsBody) { body.AddEmail = form }, err)
	}
	p.Redirect(w, u.Path(credentialsBelow+"?done=email-added"))
	return nil
}

func (p *pages) addUserKey(w http.ResponseWriter, r *http.Request, a admin, in *ui.Input) error {
	u, err := p.user(r, a)
	if err != nil {
		return err
	}
	key, title := in.Line("key"), in.Line("title")
	if err := in.Err(); err != nil {
		return err
	}
	if _, err = p.Directory.AddKey(r.Context(), a.Actor, u.User.ID, model.NewKey{Title: title, Key: key}); err != nil {
		if errors.Is(err, sshkey.ErrPrivate) {
			key = "" // the page must not contain a secret
		}
		form := userKeyForm(p.UI.MessagesFor(r), u, key, title)
		return p.rejectCredential(w, r, a, u, form, func(body *credentialsBody) { body.AddKey = form }, err)
	}
	p.Redirect(w, u.Path(credentialsBelow+"?done=key-added"))
	return nil
}

func (p *pages) removeEmail(r *http.Request, a admin, u shownUser, _ *ui.Input) error {
	id, err := pathID[model.EmailID](r, "email", "email")
	if err == nil {
		_, err = p.Directory.RemoveEmail(r.Context(), a.Actor, u.User.ID, id)
	}
	return err
}

func (p *pages) resendVerification(r *http.Request, a admin, u shownUser, _ *ui.Input) error {
	id, err := pathID[model.EmailID](r, "email", "email")
	if err == nil {
		_, err = p.Directory.SendVerification(r.Context(), a.Actor, u.User.ID, id)
	}
	return err
}

func (p *pages) makePrimary(r *http.Request, a admin, u shownUser, _ *ui.Input) error {
	id, err := pathID[model.EmailID](r, "email", "email")
	if err != nil {
		return err
	}
	chosen, err := p.Directory.Email(r.Context(), a.Actor, u.User.ID, id)
	if err != nil {
		return err
	}
	_, err = p.Directory.ChangeUser(r.Context(), a.Actor, u.User.ID, directory.UserChange{Email: &chosen.Address})
	return err
}

func (p *pages) removeUserKey(r *http.Request, a admin, u shownUser, _ *ui.Input) error {
	id, err := pathID[model.KeyID](r, "key", "key")
	if err == nil {
		_, err = p.Directory.RemoveKey(r.Context(), a.Actor, u.User.ID, id)
	}
	return err
}

func (p *pages) revokeUserToken(r *http.Request, a admin, u shownUser, _ *ui.Input) error {
	id, err := pathID[model.TokenID](r, "token", "token")
	if err == nil {
		err = p.Directory.RevokeToken(r.Context(), a.Actor, u.User.ID, id)
	}
	return err
}

func (p *pages) resetFactors(r *http.Request, a admin, u shownUser, _ *ui.Input) error {
	_, _, err := p.Directory.ResetSecondFactor(r.Context(), a.Actor, u.User.ID)
	return err
}

// sessionsBody is the content of the page with the sessions of a user.
type sessionsBody struct {
	shownUser
	Sessions []sessionRow
}

// sessionRow is one session of a user.
type sessionRow struct {
	model.Session
	Device  string
	Kind    string
	Current bool // whether it is the session of the actor
}

func (p *pages) showSessions(w http.ResponseWriter, r *http.Request, a admin, u shownUser) error {
	open, err := p.Directory.SessionsOf(r.Context(), a.Actor, u.User.ID)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	page := p.userPage(r, a, u, m.Text("account.sessions"), sessionsBelow)
	page.Body = sessionsBody{u, sessionRows(m, a, open)}
	return p.UI.Write(w, r, http.StatusOK, "user-sessions", page)
}

// sessionRows returns the newest session first.
func sessionRows(m *ui.Messages, a admin, open []model.Session) []sessionRow {
	var rows []sessionRow
	for i := len(open) - 1; i >= 0; i-- {
		rows = append(rows, sessionRow{open[i], deviceText(m, open[i].Agent), kindText(m, open[i].Kind), a.UsesSession(open[i].ID)})
	}
	return rows
}

func (p *pages) revokeUserSession(r *http.Request, a admin, u shownUser, _ *ui.Input) error {
	id, err := pathID[model.SessionID](r, "session", "session")
	if err == nil {
		err = p.Directory.RevokeSession(r.Context(), a.Actor, u.User.ID, id)
	}
	return err
}

func (p *pages) revokeUserSessions(r *http.Request, a admin, u shownUser, _ *ui.Input) error {
	return p.Directory.RevokeOtherSessions(r.Context(), a.Actor, u.User.ID)
}
