package account

import (
	"net/http"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// passkeyBody is the content of the page that adds a passkey.
type passkeyBody struct {
	Options string // JSON for navigator.credentials.create
	Failed  bool   // whether the answer of the browser before was rejected
}

// beginPasskey shows the page whose script creates a passkey.
func (p *pages) beginPasskey(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	return p.writePasskey(w, r, actor, http.StatusOK, "")
}

// writePasskey begins a ceremony and writes its page. name is the name that was typed before.
func (p *pages) writePasskey(w http.ResponseWriter, r *http.Request, actor model.Actor, status int, name string) error {
	m := p.UI.MessagesFor(r)
	begun, err := p.Directory.BeginPasskey(r.Context(), actor)
	if err != nil {
		return err
	}
	page, err := p.factorPage(r, actor, m.Text("account.add_passkey"))
	if err != nil {
		return err
	}
	page.Body = passkeyBody{string(begun.Options), status != http.StatusOK}
	page.Form = &ui.Form{Action: factorPath + "/passkey/confirm", Hidden: map[string]string{"ceremony": begun.Ceremony.Reveal()}, Fields: []ui.Field{
		{Name: "name", Label: m.Text("account.app_name"), Type: "text", Autocomplete: "off", Value: name, Optional: true, Hint: m.Text("account.app_name_hint")},
	}}
	return p.UI.Write(w, r, status, "second-factor-passkey", page)
}

// confirmPasskey adds the passkey that the browser created. A rejected answer begins again.
func (p *pages) confirmPasskey(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error {
	ceremony, response, name := in.Secret("ceremony"), in.Secret("response"), in.Line("name")
	if err := in.Err(); err != nil {
		return err
	}
	added, err := p.Directory.ConfirmPasskey(r.Context(), actor, ceremony, name, response)
	if err == nil {
		return p.showAdded(w, r, actor, added)
	}
	if fault.KindOf(err) == fault.Invalid && !browser.NeedsReauthentication(err) {
		return p.writePasskey(w, r, actor, http.StatusUnprocessableEntity, name)
	}
	return err
}
