package browser

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
)

// CodePath is the path of the form with the second factor of a sign-in.
const CodePath = LoginPath + "/code"

// AskCode asks for the second factor of a login whose password is right. Package signin handles the form.
func (s *Site) AskCode(w http.ResponseWriter, r *http.Request, login directory.Login, returnTo string) error {
	held, err := s.Directory.HoldLogin(r.Context(), Anonymous(r), login)
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

// WriteCode writes the page of CodePage.
func (s *Site) WriteCode(w http.ResponseWriter, r *http.Request, status int, page ui.Page) error {
	s.AllowReturn(w, page.Form.Hidden["return_to"])
	return s.UI.Write(w, r, status, "second-factor", page)
}
