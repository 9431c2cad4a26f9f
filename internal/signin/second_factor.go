package signin

import (
	"net/http"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
)

// enterCode signs in with the password from before and a code.
func (p pages) enterCode(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	in, err := p.ReadForm(r)
	if err != nil {
		return err
	}
	held, code, returnTo := in.Secret("login"), in.Line("code"), in.Text("return_to")
	if err := in.Err(); err != nil {
		return err
	}
	login, err := p.Directory.HeldLogin(r.Context(), actor, held)
	if fault.KindOf(err) == fault.Expired && err != nil {
		p.Redirect(w, browser.LoginPath+"?ended=yes")
		return nil
	}
	if err != nil {
		return err
	}
	login.Factor = secondfactor.Proof{Code: secret.Text(code), Passkey: passkeyIn(in)}
	if err := p.SignIn(w, r, login); err != nil {
		return p.rejectCode(w, r, held, returnTo, err)
	}
	p.RedirectTo(w, p.Return(returnTo))
	return nil
}

// rejectCode asks for the code again. An error about the password or the account leads to the form of the
// sign-in: they changed after the password was entered.
func (p pages) rejectCode(w http.ResponseWriter, r *http.Request, held secret.Text, returnTo string, err error) error {
	m, page := p.UI.MessagesFor(r), p.CodePage(r, held, returnTo)
	status := browser.RejectProof(w, m, page.Form, "code", m.Text("signin.passkey_wrong_text"), err)
	if status == 0 {
		return p.rejectLogin(w, r, loginForm{ReturnTo: returnTo}, err)
	}
	return p.WriteCode(w, r, status, page)
}
