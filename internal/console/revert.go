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
	shown, err := p.directory.LinkByToken(r.Context(), actor, model.RevertEmail, token)
	if err != nil {
		return err
	}
	return p.ui.Write(w, r, http.StatusOK, "revert", p.revertPage(p.ui.MessagesFor(r), token, shown.Address))
}

func (p *pages) revertAddress(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	sent, err := p.readReset(r)
	if err != nil {
		return err
	}
	shown, err := p.directory.LinkByToken(r.Context(), actor, model.RevertEmail, sent.Token)
	if err != nil {
		return err
	}
	m := p.ui.MessagesFor(r)
	if _, err := p.directory.RevertEmail(r.Context(), actor, sent.Token, sent.Password); err != nil {
		return p.showFaults(w, r, "revert", p.revertPage(m, sent.Token, shown.Address), err)
	}
	return p.notice(w, r, m.Text("revert.done"), m.Text("revert.done_text"))
}
