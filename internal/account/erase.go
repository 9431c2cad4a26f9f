package account

import (
	"net/http"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

func (p *pages) showErase(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	page, err := p.erasePage(r, actor, "")
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "erase", page)
}

// erasePage returns the page that lists what ends with the account. Its form is missing if something prevents
// the erasure.
func (p *pages) erasePage(r *http.Request, actor model.Actor, typed string) (ui.Page, error) {
	page, err := p.page(r, actor, p.UI.MessagesFor(r).Text("account.erase"), dataPath)
	if err != nil {
		return page, err
	}
	e, err := p.Directory.Erasure(r.Context(), actor)
	if err != nil {
		return page, err
	}
	page.Body = e
	if !e.Blocked() {
		page.Form = p.eraseForm(r, e, typed)
	}
	return page, nil
}

func (p *pages) eraseForm(r *http.Request, e directory.Erasure, typed string) *ui.Form {
	m := p.UI.MessagesFor(r)
	return &ui.Form{Action: erasePath, Submit: m.Text("account.erase"), Small: true, Danger: true, Fields: []ui.Field{
		{Name: "confirm_username", Label: m.Text("account.type_username", "username", e.Confirm), Type: "text", Autocomplete: "off", Value: typed},
	}}
}

// erase erases the account after the username was typed, and removes the cookie.
func (p *pages) erase(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error {
	typed := in.Line("confirm_username")
	if err := in.Err(); err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	err := p.Directory.EraseAccount(r.Context(), actor, typed)
	if err == nil {
		p.ClearCookies(w)
		return p.UI.WriteNotice(w, r, ui.Notice{Title: m.Text("account.erased"), Text: m.Text("account.erased_text"), Path: browser.StartPath + "/", Link: m.Text("problem.home")})
	}
	if !fault.Has(err, "confirm_username", fault.Mismatch) && !fault.Has(err, "admin", fault.LastAdmin) {
		return err
	}
	page, failed := p.erasePage(r, actor, typed)
	if failed != nil {
		return failed
	}
	if page.Form != nil {
		page.Form.Reject("confirm_username", m.Text("account.wrong_username"))
	}
	return p.UI.Write(w, r, http.StatusUnprocessableEntity, "erase", page)
}
