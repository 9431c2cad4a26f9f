package browser

import (
	"errors"
	"net/http"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/web"
)

// CodePath is the path of the form with the second factor of a sign-in.
const CodePath = LoginPath + "/code"

// AskCode asks for the second factor of a login whose password is right. Package signin handles the form.
func (s *Site) AskCode(w http.ResponseWriter, r *http.Request, attempt login.Attempt, returnTo string) error {
	held, err := s.Directory.HoldLogin(r.Context(), Anonymous(r), attempt)
	if err != nil {
		return err
	}
	return s.WriteCode(w, r, http.StatusOK, s.CodePage(r, held, returnTo))
}

// codeBody is the content of the page that asks for a code, besides its form.
type codeBody struct {
	Passkeys bool // whether the page offers to use a passkey
}

// CodePage returns the page that asks for a code after the password. held is the login, as
// Directory.HoldLogin returned it.
func (s *Site) CodePage(r *http.Request, held secret.Text, returnTo string) ui.Page {
	m := s.UI.MessagesFor(r)
	body := codeBody{Passkeys: s.Directory.OffersPasskeys(r.Context(), Anonymous(r))}
	return ui.Page{Title: m.Text("code.title"), Body: body, Form: &ui.Form{
		Action: CodePath, Submit: m.Text("code.submit"), SubmitID: "sign-in",
		Hidden: map[string]string{"login": held.Reveal(), "return_to": s.Return(returnTo)},
		Fields: []ui.Field{{Name: "code", Label: m.Text("code.label"), Type: "text", Autocomplete: "one-time-code", Hint: m.Text("code.hint"), Focus: true}},
	}}
}

// RejectProof puts into f what is wrong with a password or a second factor that was sent too often, or with
// a second factor whose code is in the field named code. passkeyText is about a passkey that was not
// accepted. It returns the status of the response; 0 if err is about something else.
func RejectProof(w http.ResponseWriter, m *ui.Messages, f *ui.Form, code, passkeyText string, err error) int {
	switch {
	case fault.Has(err, "passkey", fault.Mismatch), fault.Has(err, "ceremony", fault.Inactive):
		f.Problem, f.Errors = m.Text("signin.passkey_wrong"), []string{passkeyText}
	case fault.Has(err, "second_factor", fault.Required):
		f.Reject(code, m.Text("code.blank"))
	case fault.Has(err, "code", fault.WrongCode):
		f.Reject(code, m.Text("code.wrong"))
	case fault.KindOf(err) == fault.Limited:
		if e, ok := errors.AsType[*fault.Error](err); ok {
			web.SetRetryAfter(w, e.RetryAfter)
		}
		f.Problem, f.Errors = m.Text("problem.limited"), []string{ui.RetryText(m, err)}
		return http.StatusTooManyRequests
	default:
		return 0
	}
	return http.StatusUnprocessableEntity
}

// WriteCode writes the page of CodePage.
func (s *Site) WriteCode(w http.ResponseWriter, r *http.Request, status int, page ui.Page) error {
	s.AllowReturn(w, page.Form.Hidden["return_to"])
	return s.UI.Write(w, r, status, "second-factor", page)
}
