package signin

import (
	"errors"
	"net/http"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/web"
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
	login.Factor = directory.FactorProof{Code: secret.Text(code), Passkey: passkeyIn(in)}
	if err := p.SignIn(w, r, login); err != nil {
		return p.rejectCode(w, r, held, returnTo, err)
	}
	p.LeadTo(w, p.Return(returnTo))
	return nil
}

// rejectCode asks for the code again. An error about the password or the account leads to the form of the
// sign-in: they changed after the password was entered.
func (p pages) rejectCode(w http.ResponseWriter, r *http.Request, held secret.Text, returnTo string, err error) error {
	m, page := p.UI.MessagesFor(r), p.CodePage(r, held, returnTo)
	status := http.StatusUnprocessableEntity
	switch {
	case fault.Has(err, "passkey", fault.Mismatch), fault.Has(err, "ceremony", fault.Inactive):
		page.Form.Problem, page.Form.Errors = m.Text("signin.passkey_wrong"), []string{m.Text("signin.passkey_wrong_text")}
	case fault.Has(err, "second_factor", fault.Required):
		page.Form.Reject("code", m.Text("code.blank"))
	case fault.Has(err, "code", fault.WrongCode):
		page.Form.Reject("code", m.Text("code.wrong"))
	case fault.KindOf(err) == fault.Limited:
		status = http.StatusTooManyRequests
		if e, ok := errors.AsType[*fault.Error](err); ok {
			web.SetRetryAfter(w, e.RetryAfter)
		}
		page.Form.Problem, page.Form.Errors = m.Text("problem.limited"), []string{ui.RetryText(m, err)}
	default:
		return p.rejectLogin(w, r, loginForm{ReturnTo: returnTo}, err)
	}
	return p.WriteCode(w, r, status, page)
}
