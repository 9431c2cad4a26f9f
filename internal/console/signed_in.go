package console

import (
	"net/http"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
)

// signIn signs in the user of a link with the password that the page has just set, and reports whether
// it did. It does not for an account that needs more than a password: the user signs in on the sign-in
// page then.
func (p *pages) signIn(w http.ResponseWriter, r *http.Request, user model.User, password secret.Text) bool {
	err := p.SignIn(w, r, login.Attempt{ID: user.ID, Password: password})
	if err != nil {
		p.Log.InfoContext(r.Context(), "the user of a link is not signed in", "error", err)
	}
	return err == nil
}

// noticeAfterPassword signs in the user and writes a notice.
func (p *pages) noticeAfterPassword(w http.ResponseWriter, r *http.Request, user model.User, password secret.Text, title, text string) error {
	m := p.UI.MessagesFor(r)
	notice := signInNotice(m, title, text)
	if p.signIn(w, r, user, password) {
		notice = accountNotice(m, title, text)
	}
	return p.UI.WriteNotice(w, r, notice)
}

// accountNotice returns a notice with a link to the account.
func accountNotice(m *ui.Messages, title, text string) ui.Notice {
	return ui.Notice{Title: title, Text: text, Path: browser.AccountPath, Link: m.Text("account.open")}
}

// signInNotice returns a notice with a link to the sign-in page.
func signInNotice(m *ui.Messages, title, text string) ui.Notice {
	return ui.Notice{Title: title, Text: text, Path: browser.LoginPath, Link: m.Text("signin.submit")}
}
