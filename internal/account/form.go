package account

import (
	"net/http"
	"strconv"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

func show(path string, needs model.Permission, serve func(http.ResponseWriter, *http.Request, model.Actor) error) browser.Endpoint {
	return browser.Endpoint{Method: http.MethodGet, Path: path, Needs: string(needs), Serve: serve}
}

// form returns the endpoint of a form.
func (p *pages) form(path string, needs model.Permission, serve browser.FormHandler) browser.Endpoint {
	return browser.Forms{Site: p.Site, Page: p.factorPage}.Endpoint(path, needs, serve)
}

// reject shows a page again after its form was rejected, or returns err if a change of the form cannot
// resolve it. A required authentication is asked for by form.
func (p *pages) reject(w http.ResponseWriter, r *http.Request, name string, page ui.Page, err error) error {
	if browser.NeedsReauthentication(err) {
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
	"preferences":                      "account.preferences_saved",
	"notices-on":                       "account.notices_on",
	"notices-off":                      "account.notices_off",
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
