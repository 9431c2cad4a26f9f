package browser

import (
	"net/http"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
)

// The names of the fields that confirm a form: the password with a code, or a passkey.
const (
	ConfirmPassword = "confirm_password"
	ConfirmCode     = "confirm_code"
	ConfirmCeremony = "confirm_ceremony"
	ConfirmResponse = "confirm_response"
)

// Forms are forms of signed-in users. If the directory requires a recent authentication for a form, the
// response asks for the password and contains all fields, so that the next request carries out the form.
type Forms struct {
	Site *Site
	// Page returns an empty page with the navigation of the forms.
	Page func(r *http.Request, actor model.Actor, title string) (ui.Page, error)
}

// A FormHandler carries out a form.
type FormHandler func(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error

// confirmBody is the content of the page that asks for a confirmation, besides its form.
type confirmBody struct {
	Passkeys bool // whether the page offers to use a passkey
}

// Endpoint returns the endpoint of a form.
func (f Forms) Endpoint(path string, needs model.Permission, serve FormHandler) Endpoint {
	return Endpoint{Method: http.MethodPost, Path: path, Needs: string(needs), Serve: func(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
		in, err := f.Site.ReadForm(r)
		if err != nil {
			return err
		}
		if Confirmed(in) {
			factor := secondfactor.Proof{
				Code:    secret.Text(in.Line(ConfirmCode)),
				Passkey: secondfactor.PasskeyProof{Ceremony: in.Secret(ConfirmCeremony), Response: in.Secret(ConfirmResponse)},
			}
			again, err := f.Site.Directory.ReauthenticateWith(r.Context(), actor, in.Secret(ConfirmPassword), factor)
			if err != nil {
				return f.askPassword(w, r, actor, in, err)
			}
			if actor, err = f.Site.Replace(w, r, again.Replaced); err != nil {
				return err
			}
		}
		err = serve(w, r, actor, in)
		if NeedsReauthentication(err) {
			return f.askPassword(w, r, actor, in, nil)
		}
		return err
	}}
}

// Confirmed reports whether a form contains a password or a passkey that confirms it.
func Confirmed(in *ui.Input) bool { return in.Has(ConfirmPassword) || in.Has(ConfirmResponse) }

// NeedsReauthentication reports whether an error requires a recent authentication. Handlers return it.
func NeedsReauthentication(err error) bool {
	return fault.Has(err, "reauthentication", fault.Required)
}

// askPassword asks for the password of a form, and for a code if the account has a second factor. wrong
// is the error of what was entered before, if there was one.
func (f Forms) askPassword(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input, wrong error) error {
	page, err := f.confirmPage(r, actor, in)
	if err != nil {
		return err
	}
	if wrong == nil {
		return f.Site.UI.Write(w, r, http.StatusForbidden, "confirm", page)
	}
	m := f.Site.UI.MessagesFor(r)
	status := RejectProof(w, m, page.Form, ConfirmCode, m.Text("confirm.passkey_wrong"), wrong)
	switch {
	case status != 0:
	case fault.Has(wrong, "current_password", fault.WrongPassword), fault.Has(wrong, "current_password", fault.Blank):
		status = http.StatusUnprocessableEntity
		page.Form.Reject(ConfirmPassword, m.Text("fault.password_wrong"))
	default:
		return wrong
	}
	return f.Site.UI.Write(w, r, status, "confirm", page)
}

// confirmPage returns the page that asks for a confirmation of the form in.
func (f Forms) confirmPage(r *http.Request, actor model.Actor, in *ui.Input) (ui.Page, error) {
	m := f.Site.UI.MessagesFor(r)
	page, err := f.Page(r, actor, m.Text("confirm.title"))
	if err != nil {
		return page, err
	}
	page.Form = &ui.Form{
		Action: r.URL.Path, Submit: m.Text("confirm.submit"), SubmitID: "confirm",
		Fields: []ui.Field{{
			Name: ConfirmPassword, Label: m.Text("form.password"), Type: "password", Autocomplete: "current-password", Focus: true,
			Link: m.Text("signin.forgot"), Path: ForgotPath,
		}},
	}
	held, err := f.Site.Directory.SecondFactors(r.Context(), actor, actor.UserID())
	if err != nil {
		return page, err
	}
	hasPasskey := slices.ContainsFunc(held.Authenticators, func(a model.Authenticator) bool { return a.Kind == model.PasskeyAuthenticator })
	page.Body = confirmBody{Passkeys: hasPasskey && f.Site.Directory.OffersPasskeys(r.Context(), actor)}
	if len(held.Authenticators) > 0 {
		page.Form.Fields = append(page.Form.Fields, ui.Field{
			Name: ConfirmCode, Label: m.Text("code.label"), Type: "text", Autocomplete: "one-time-code", Hint: m.Text("code.hint"),
		})
	}
	page.Form.Again = in.Sent(ConfirmPassword, ConfirmCode, ConfirmCeremony, ConfirmResponse)
	return page, nil
}
