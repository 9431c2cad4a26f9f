package account

import (
	"errors"
	"html/template"
	"net/http"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/totp"
	"roster.example/roster/internal/ui"
)

// factorPath is the page of the second factors. A session whose user must add one opens no other page.
const factorPath = browser.EnrolPath

// factorBody is the content of the page of second factors.
type factorBody struct {
	secondfactor.Overview
	MustEnrol bool
	Passkeys  bool // whether passkeys can be added
}

// IsApp reports whether an authenticator is an app, for the template.
func (factorBody) IsApp(a model.Authenticator) bool { return a.Kind == model.TOTPAuthenticator }

// factorPage returns a page about second factors. It has no navigation if the session opens no other
// page.
func (p *pages) factorPage(r *http.Request, actor model.Actor, title string) (ui.Page, error) {
	if actor.MustEnrol() {
		return ui.Page{Title: title}, nil
	}
	return p.page(r, actor, title, factorPath)
}

func (p *pages) showSecondFactor(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	page, err := p.factorsPage(r, actor)
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "second-factors", page)
}

// factorsPage returns the page that lists the second factors.
func (p *pages) factorsPage(r *http.Request, actor model.Actor) (ui.Page, error) {
	page, err := p.factorPage(r, actor, p.UI.MessagesFor(r).Text("account.second_factor"))
	if err != nil {
		return page, err
	}
	held, err := p.Directory.SecondFactors(r.Context(), actor, actor.UserID())
	page.Form = &ui.Form{} // for the errors of a new name
	page.Body = factorBody{held, actor.MustEnrol(), p.Directory.OffersPasskeys(r.Context(), actor)}
	return page, err
}

func (p *pages) renameFactor(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error {
	id, err := pathID[model.AuthenticatorID](r, "authenticator")
	name := in.Line("name")
	if err := errors.Join(err, in.Err()); err != nil {
		return err
	}
	_, err = p.Directory.RenameAuthenticator(r.Context(), actor, id, name)
	if err == nil {
		return p.back(w, factorPath, "factor-renamed")
	}
	if fault.KindOf(err) != fault.Invalid {
		return err
	}
	page, failed := p.factorsPage(r, actor)
	if failed != nil {
		return failed
	}
	return p.reject(w, r, "second-factors", page, err)
}

// appBody is the content of the page that adds an authenticator app.
type appBody struct {
	QR     template.HTML
	Secret string
}

// appForm is the input of that page.
type appForm struct {
	ceremony secret.Text
	name     string
}

// beginApp shows the secret of a new authenticator app.
func (p *pages) beginApp(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	e, err := p.Directory.BeginTOTP(r.Context(), actor)
	if err != nil {
		return err
	}
	page, err := p.appPage(r, actor, e, "")
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "second-factor-app", page)
}

// appPage returns the page that adds the app of e. name is the name that was typed before.
func (p *pages) appPage(r *http.Request, actor model.Actor, e secondfactor.TOTPEnrolment, name string) (ui.Page, error) {
	m := p.UI.MessagesFor(r)
	page, err := p.factorPage(r, actor, m.Text("account.add_app"))
	if err != nil {
		return page, err
	}
	picture, err := totp.QR(e.URL.Reveal())
	if err != nil {
		return page, err
	}
	page.Body = appBody{QR: template.HTML(picture), Secret: e.Secret.Reveal()} // drawn by this server
	page.Form = &ui.Form{Action: factorPath + "/app/confirm", Submit: m.Text("account.add_app"), Small: true,
		Hidden: map[string]string{"ceremony": e.Ceremony.Reveal()},
		Fields: []ui.Field{
			{Name: "code", Label: m.Text("account.app_code"), Type: "text", Autocomplete: "one-time-code"},
			{Name: "name", Label: m.Text("account.app_name"), Type: "text", Autocomplete: "off", Value: name, Optional: true, Hint: m.Text("account.app_name_hint")},
		}}
	return page, nil
}

// confirmApp adds the app. A wrong code shows the same secret again.
func (p *pages) confirmApp(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error {
	sent := appForm{in.Secret("ceremony"), in.Line("name")}
	code := secret.Text(in.Line("code"))
	if err := in.Err(); err != nil {
		return err
	}
	added, err := p.Directory.ConfirmTOTP(r.Context(), actor, sent.ceremony, sent.name, code)
	if err == nil {
		return p.showAdded(w, r, actor, added)
	}
	if browser.NeedsReauthentication(err) || fault.KindOf(err) == fault.Expired {
		return err
	}
	return p.rejectApp(w, r, actor, sent, err)
}

// rejectApp shows the page of an app again. The secret and its picture come from the ceremony.
func (p *pages) rejectApp(w http.ResponseWriter, r *http.Request, actor model.Actor, sent appForm, err error) error {
	e, failed := p.Directory.PendingTOTP(r.Context(), actor, sent.ceremony)
	if failed != nil {
		return failed
	}
	page, failed := p.appPage(r, actor, e, sent.name)
	if failed != nil {
		return failed
	}
	if fault.Has(err, "code", fault.WrongCode) || fault.Has(err, "code", fault.Blank) {
		page.Form.Reject("code", p.UI.MessagesFor(r).Text("account.code_wrong"))
		return p.UI.Write(w, r, http.StatusUnprocessableEntity, "second-factor-app", page)
	}
	return p.reject(w, r, "second-factor-app", page, err)
}

// showAdded shows the recovery codes after the first authenticator was added, and gives the browser the
// session that takes the place of the former.
func (p *pages) showAdded(w http.ResponseWriter, r *http.Request, actor model.Actor, added secondfactor.AddedAuthenticator) error {
	if added.Session != "" {
		raised, err := p.Replace(w, r, added.Replaced)
		if err != nil {
			return err
		}
		actor = raised
	}
	if len(added.RecoveryCodes) == 0 {
		return p.back(w, factorPath, string(added.Authenticator.Kind))
	}
	return p.showCodes(w, r, actor, added.RecoveryCodes)
}

// codesBody is the content of the page with recovery codes, which is shown once.
type codesBody struct{ Codes []string }

func (p *pages) showCodes(w http.ResponseWriter, r *http.Request, actor model.Actor, codes []secret.Text) error {
	page, err := p.factorPage(r, actor, p.UI.MessagesFor(r).Text("account.recovery_codes"))
	if err != nil {
		return err
	}
	var body codesBody
	for _, code := range codes {
		body.Codes = append(body.Codes, code.Reveal())
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "recovery-codes", page)
}

func (p *pages) createRecoveryCodes(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	codes, err := p.Directory.CreateRecoveryCodes(r.Context(), actor)
	if err != nil {
		return err
	}
	return p.showCodes(w, r, actor, codes)
}

func (p *pages) removeFactor(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	id, err := pathID[model.AuthenticatorID](r, "authenticator")
	if err != nil {
		return err
	}
	if err := p.Directory.RemoveAuthenticator(r.Context(), actor, id); err != nil {
		return err
	}
	return p.back(w, factorPath, "factor-removed")
}
