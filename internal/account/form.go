package account

import (
	"net/http"
	"slices"
	"strconv"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
)

// The names of the fields that confirm a form: the password with a code, or a passkey.
const (
	confirmField    = "confirm_password"
	confirmCode     = "confirm_code"
	confirmCeremony = "confirm_ceremony"
	confirmResponse = "confirm_response"
)

// confirmBody is the content of the page that asks for a confirmation, besides its form.
type confirmBody struct {
	Passkeys bool // whether the page offers to use a passkey
}

func show(path string, needs model.Permission, serve func(http.ResponseWriter, *http.Request, model.Actor) error) browser.Endpoint {
	return browser.Endpoint{Method: http.MethodGet, Path: path, Needs: string(needs), Serve: serve}
}

// A formHandler carries out a form.
type formHandler func(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error

// form returns the endpoint of a form. If the directory requires a recent authentication, the response
// asks for the password and contains all fields, so that the next request carries out the form.
func (p *pages) form(path string, needs model.Permission, serve formHandler) browser.Endpoint {
	return browser.Endpoint{Method: http.MethodPost, Path: path, Needs: string(needs), Serve: func(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
		in, err := p.ReadForm(r)
		if err != nil {
			return err
		}
		if in.Has(confirmField) || in.Has(confirmResponse) {
			factor := secondfactor.Proof{
				Code:    secret.Text(in.Line(confirmCode)),
				Passkey: secondfactor.PasskeyProof{Ceremony: in.Secret(confirmCeremony), Response: in.Secret(confirmResponse)},
			}
			if _, err := p.Directory.ReauthenticateWith(r.Context(), actor, in.Secret(confirmField), factor); err != nil {
				return p.askPassword(w, r, actor, in, err)
			}
		}
		err = serve(w, r, actor, in)
		if needsReauthentication(err) {
			return p.askPassword(w, r, actor, in, nil)
		}
		return err
	}}
}

func needsReauthentication(err error) bool {
	return fault.Has(err, "reauthentication", fault.Required)
}

// askPassword asks for the password of a form, and for a code if the account has a second factor. wrong
// is the error of what was entered before, if there was one.
func (p *pages) askPassword(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input, wrong error) error {
	page, err := p.confirmPage(r, actor, in)
	if err != nil {
		return err
	}
	if wrong == nil {
		return p.UI.Write(w, r, http.StatusForbidden, "confirm", page)
	}
	m := p.UI.MessagesFor(r)
	status := browser.RejectProof(w, m, page.Form, confirmCode, m.Text("confirm.passkey_wrong"), wrong)
	switch {
	case status != 0:
	case fault.Has(wrong, "current_password", fault.WrongPassword), fault.Has(wrong, "current_password", fault.Blank):
		status = http.StatusUnprocessableEntity
		page.Form.Reject(confirmField, m.Text("fault.password_wrong"))
	default:
		return wrong
	}
	return p.UI.Write(w, r, status, "confirm", page)
}

// confirmPage returns the page that asks for a confirmation of the form in.
func (p *pages) confirmPage(r *http.Request, actor model.Actor, in *ui.Input) (ui.Page, error) {
	m := p.UI.MessagesFor(r)
	page, err := p.factorPage(r, actor, m.Text("confirm.title"))
	if err != nil {
		return page, err
	}
	page.Form = &ui.Form{
		Action: r.URL.Path, Submit: m.Text("confirm.submit"), SubmitID: "confirm", Hidden: map[string]string{},
		Fields: []ui.Field{{
			Name: confirmField, Label: m.Text("form.password"), Type: "password", Autocomplete: "current-password", Focus: true,
			Link: m.Text("signin.forgot"), Path: browser.ForgotPath,
		}},
	}
	held, err := p.Directory.SecondFactors(r.Context(), actor, actor.UserID())
	if err != nil {
		return page, err
	}
	hasPasskey := slices.ContainsFunc(held.Authenticators, func(a model.Authenticator) bool { return a.Kind == model.PasskeyAuthenticator })
	page.Body = confirmBody{Passkeys: hasPasskey && p.Directory.OffersPasskeys(r.Context(), actor)}
	if len(held.Authenticators) > 0 {
		page.Form.Fields = append(page.Form.Fields, ui.Field{
			Name: confirmCode, Label: m.Text("code.label"), Type: "text", Autocomplete: "one-time-code", Hint: m.Text("code.hint"),
		})
	}
	for _, field := range in.Sent(confirmField, confirmCode, confirmCeremony, confirmResponse) {
		page.Form.Hidden[field.Name] = field.Value
	}
	return page, nil
}

// reject shows a page again after its form was rejected, or returns err if a change of the form cannot
// resolve it. A required authentication is asked for by form.
func (p *pages) reject(w http.ResponseWriter, r *http.Request, name string, page ui.Page, err error) error {
	if needsReauthentication(err) {
		return err
	}
	return p.UI.WriteRejected(w, r, name, page, err)
}

// back leads to a page that says what was done. done is a key of doneTexts.
func (p *pages) back(w http.ResponseWriter, path, done string) error {
	p.Redirect(w, path+"?done="+done)
	return nil
}

// doneTexts are the keys of the texts about what a form has done, by the value of "done" in the query.
var doneTexts = map[string]string{
	"profile":                          "account.profile_saved",
	"factor-renamed":                   "account.factor_renamed",
	"email":                            "account.email_added",
	"resent":                           "account.email_resent",
	"primary":                          "account.email_changed",
	"email-removed":                    "account.email_removed",
	"password":                         "account.password_changed",
	"session":                          "account.session_revoked",
	"sessions":                         "account.sessions_revoked",
	"key":                              "account.key_added",
	"key-removed":                      "account.key_removed",
	"token-revoked":                    "account.token_revoked",
	string(model.TOTPAuthenticator):    "account.app_added",
	string(model.PasskeyAuthenticator): "account.passkey_added",
	"factor-removed":                   "account.factor_removed",
	"left":                             "account.left",
	"joined":                           "account.joined",
	"declined":                         "account.declined",
}

// pathID returns the id in the path of a request; what names the record in an error.
func pathID[ID ~int64](r *http.Request, what string) (ID, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, fault.Missing(what)
	}
	return ID(id), nil
}
