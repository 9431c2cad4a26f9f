package console

import (
	"net/http"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
)

func (p *pages) revertPage(m *ui.Messages, token secret.Text, address string) ui.Page {
	return ui.Page{Title: m.Text("revert.title"), Body: addressBody{Address: address},
		Form: linkForm(revertPath, m.Text("revert.submit"), token, p.newPasswordField(m))}
}

func (p *pages) showRevert(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	token, err := tokenOf(r)
	if err != nil {
		return err
	}
	shown, err := p.Directory.LinkByToken(r.Context(), actor, model.RevertEmail, token)
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "revert", p.revertPage(p.UI.MessagesFor(r), token, shown.Address))
}

func (p *pages) revertAddress(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	sent, err := p.readReset(r)
	if err != nil {
		return err
	}
	shown, err := p.Directory.LinkByToken(r.Context(), actor, model.RevertEmail, sent.Token)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	user, err := p.Directory.RevertEmail(r.Context(), actor, sent.Token, sent.Password)
	if err != nil {
		return p.UI.WriteRejected(w, r, "revert", p.revertPage(m, sent.Token, shown.Address), err)
	}
	return p.noticeAfterPassword(w, r, user, sent.Password, m.Text("revert.done"), m.Text("revert.done_text"))
}
