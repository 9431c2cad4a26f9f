package signin

import (
	"net/http"
	"strings"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// loginBody is the content of the sign-in page besides its form.
type loginBody struct {
	Ended  bool // whether the page before was a form of a session that had ended
	SignUp bool // whether the page links to the sign-up
	// Passkeys is set if the page offers to sign in with a passkey.
	Passkeys bool
}

// loginForm is the input of the sign-in page.
type loginForm struct {
	login.Attempt
	ReturnTo string // address of the page after the sign-in; empty is the account
}

func (p pages) loginPage(r *http.Request, sent loginForm, ended bool) ui.Page {
	m, autocomplete := p.UI.MessagesFor(r), "username"
	passkeys := p.Directory.OffersPasskeys(r.Context(), browser.Anonymous(r))
	if passkeys {
		autocomplete = "username webauthn" // the browser offers passkeys in the field too
	}
	return ui.Page{
		Title: m.Text("signin.title", "site", p.Name),
		Body:  loginBody{Ended: ended, SignUp: p.signUpOpen(r.Context()), Passkeys: passkeys},
		Form: &ui.Form{
			Action: browser.LoginPath, Submit: m.Text("signin.submit"), SubmitID: "sign-in",
			Hidden: map[string]string{"return_to": p.Return(sent.ReturnTo)},
			Fields: []ui.Field{
				{Name: "username", Label: m.Text("signin.username"), Type: "text", Autocomplete: autocomplete, Value: sent.Name, Focus: true},
				{Name: "password", Label: m.Text("form.password"), Type: "password", Autocomplete: "current-password",
					Link: m.Text("signin.forgot"), Path: browser.ForgotPath},
			},
		},
	}
}

// showLogin leads a browser that has a session on at once.
func (p pages) showLogin(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
	in, err := ui.ReadQuery(r)
	if err != nil {
		return err
	}
	returnTo, ended := returnAddress(r, in.Text("return_to")), in.Has("ended")
	if err := in.Err(); err != nil {
		return err
	}
	actor, err := p.Actor(r)
	if err != nil {
		return err
	}
	if !actor.Anonymous() {
		return p.redirect(w, r, actor, p.Return(returnTo))
	}
	return p.writeLogin(w, r, http.StatusOK, p.loginPage(r, loginForm{ReturnTo: returnTo}, ended))
}

// writeLogin writes the page of loginPage. Its form can lead to the address that it contains.
func (p pages) writeLogin(w http.ResponseWriter, r *http.Request, status int, page ui.Page) error {
	p.AllowReturn(w, page.Form.Hidden["return_to"])
	return p.UI.Write(w, r, status, "login", page)
}

// returnAddress returns the address to which the sign-in leads. nginx cannot encode the URL of the
// original request in the query, so a URL that is not encoded extends to the end of the query.
func returnAddress(r *http.Request, parsed string) string {
	raw, ok := strings.CutPrefix(r.URL.RawQuery, "return_to=")
	if ok && (strings.HasPrefix(raw, "https://") || strings.HasPrefix(raw, "http://")) {
		return raw
	}
	return parsed
}

// redirect redirects a browser that is signed in. If an application behind forward authentication sent it
// here, because it lacks the cookie, it gets one.
func (p pages) redirect(w http.ResponseWriter, r *http.Request, actor model.Actor, to string) error {
	if to != "" && !strings.HasPrefix(to, "/") {
		if err := p.ContinueForward(w, r, actor, 0); err != nil {
			return err
		}
	}
	p.RedirectTo(w, to)
	return nil
}

// logIn checks the password and creates a session.
func (p pages) logIn(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
	in, err := p.ReadForm(r)
	if err != nil {
		return err
	}
	sent := loginForm{Attempt: login.Attempt{Name: in.Line("username"), Password: in.Secret("password")}, ReturnTo: in.Text("return_to")}
	sent.Factor.Passkey = passkeyIn(in)
	if err := in.Err(); err != nil {
		return err
	}
	if err := p.SignIn(w, r, sent.Attempt); err != nil {
		if fault.Has(err, "second_factor", fault.Required) {
			return p.AskCode(w, r, sent.Attempt, sent.ReturnTo)
		}
		return p.rejectLogin(w, r, sent, err)
	}
	p.RedirectTo(w, p.Return(sent.ReturnTo))
	return nil
}

// rejectLogin shows the form again with what was typed, except the password. The text for a wrong
// username and for a wrong password is the same.
func (p pages) rejectLogin(w http.ResponseWriter, r *http.Request, sent loginForm, err error) error {
	m, page := p.UI.MessagesFor(r), p.loginPage(r, sent, false)
	status := browser.RejectProof(w, m, page.Form, "code", m.Text("signin.passkey_wrong_text"), err)
	if status == http.StatusTooManyRequests {
		page.Form.Errors = append(page.Form.Errors, m.Text("signin.limited_text"))
	}
	if status != 0 {
		return p.writeLogin(w, r, status, page)
	}
	status = http.StatusUnprocessableEntity // 401 would require a WWW-Authenticate header
	switch fault.KindOf(err) {
	case fault.Invalid:
		nameLoginFields(page.Form, m, err)
	case fault.Unauthenticated:
		page.Form.Problem, page.Form.Errors = m.Text("signin.wrong"), []string{m.Text("signin.wrong_text")}
	case fault.Forbidden:
		status = http.StatusForbidden
		page.Form.Problem, page.Form.Errors = m.Text("signin.inactive"), []string{m.Text("fault.state_inactive")}
	default:
		return err
	}
	return p.writeLogin(w, r, status, page)
}

// nameLoginFields puts the faults of a login beside the fields of the page, where the user has another
// name.
func nameLoginFields(f *ui.Form, m *ui.Messages, err error) {
	if fault.Has(err, "user", fault.Blank) {
		f.Reject("username", m.Text("signin.username_blank"))
	}
	if fault.Has(err, "password", fault.Blank) {
		f.Reject("password", m.Text("fault.password_blank"))
	}
	if !f.Rejected() {
		f.RejectFaults(m, err)
	}
}

// logOut ends the session of the browser. Without one, it only removes the cookie.
func (p pages) logOut(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
	if err := p.SignOut(w, r); err != nil {
		return err
	}
	p.Redirect(w, browser.LoginPath)
	return nil
}
