package account

import (
	"bytes"
	"net/http"
	"strconv"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/unitext"
)

// dataBody is the content of the page besides its form.
type dataBody struct {
	Confirmed bool // whether the download was confirmed and begins now
}

func (p *pages) showData(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	page, err := p.dataPage(r, actor)
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "data", page)
}

// dataPage returns the page with the form that deactivates the account.
func (p *pages) dataPage(r *http.Request, actor model.Actor) (ui.Page, error) {
	me, err := p.me(r, actor)
	if err != nil {
		return ui.Page{}, err
	}
	m := p.UI.MessagesFor(r)
	page := p.pageOf(r, me, m.Text("account.data"), dataPath)
	body := dataBody{Confirmed: p.downloadConfirmed(r, actor)}
	if body.Confirmed {
		page.Done = m.Text("account.download_confirmed")
	}
	page.Body = body
	page.Form = &ui.Form{Action: dataPath + "/deactivate", Submit: m.Text("account.deactivate"), Small: true, Danger: true, Fields: []ui.Field{
		{Name: "confirm_username", Label: m.Text("account.type_username", "username", me.Username), Type: "text", Autocomplete: "off"},
	}}
	return page, nil
}

// downloadPage names the state of a confirmed download for [directory.Directory.SealPageState]. No link of
// others makes the page begin a download.
const downloadPage = "download"

// downloadConfirmed reports whether the form of the download was confirmed before.
func (p *pages) downloadConfirmed(r *http.Request, actor model.Actor) bool {
	in, err := ui.ReadQuery(r)
	if err != nil {
		return false
	}
	_, err = p.Directory.OpenPageState(r.Context(), actor, downloadPage, in.Text("confirmed"))
	return err == nil
}

// download sends all stored data of the user as a file. A browser keeps its page when it receives a file, so
// a confirmed form leads back to the page, whose script or button requests the file.
func (p *pages) download(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error {
	if browser.Confirmed(in) {
		p.Redirect(w, dataPath+"?confirmed="+p.Directory.SealPageState(r.Context(), actor, downloadPage, ""))
		return nil
	}
	data, err := p.Directory.PersonalData(r.Context(), actor, actor.UserID())
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := p.WriteData(&file, data); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="roster-data.json"`)
	h.Set("Content-Length", strconv.Itoa(file.Len()))
	w.WriteHeader(http.StatusOK)
	_, _ = file.WriteTo(w) // a failed write means that the client has disconnected
	return nil
}

// deactivate deactivates the account after the username was typed, and removes the cookie.
func (p *pages) deactivate(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error {
	typed := in.Line("confirm_username")
	if err := in.Err(); err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	page, err := p.dataPage(r, actor)
	if err != nil {
		return err
	}
	if unitext.Fold(typed) != unitext.Fold(page.Frame.Username) {
		page.Form.Fields[0].Value = typed
		page.Form.Reject("confirm_username", m.Text("account.wrong_username"))
		return p.UI.Write(w, r, http.StatusUnprocessableEntity, "data", page)
	}
	if _, err := p.Directory.DeactivateUser(r.Context(), actor, actor.UserID()); err != nil {
		return p.reject(w, r, "data", page, err)
	}
	p.ClearCookies(w)
	return p.UI.WriteNotice(w, r, ui.Notice{
		Title: m.Text("account.deactivated"), Text: m.Text("account.deactivated_text"), Path: browser.StartPath + "/", Link: m.Text("problem.home"),
	})
}
