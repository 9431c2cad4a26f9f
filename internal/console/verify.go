package console

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// addressBody is the content of a page about one email address.
type addressBody struct{ Address string }

// showVerify shows a button and verifies nothing by itself, because programs that scan emails follow
// links.
func (p *pages) showVerify(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	token, err := tokenOf(r)
	if err != nil {
		return err
	}
	shown, err := p.Directory.LinkByToken(r.Context(), actor, model.VerifyEmail, token)
	if err != nil {
		return err
	}
	if shown.Done {
		return p.verified(w, r, shown)
	}
	m := p.UI.MessagesFor(r)
	return p.UI.Write(w, r, http.StatusOK, "verify", ui.Page{
		Title: m.Text("verify.title", "email", shown.Address),
		Body:  addressBody{Address: shown.Address},
		Form:  linkForm(verifyPath, m.Text("verify.submit"), token),
	})
}

func (p *pages) verify(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	_, token, err := p.readWithToken(r)
	if err != nil {
		return err
	}
	shown, err := p.Directory.LinkByToken(r.Context(), actor, model.VerifyEmail, token)
	if err != nil {
		return err
	}
	if _, err := p.Directory.VerifyEmail(r.Context(), actor, token); err != nil {
		return err
	}
	return p.verified(w, r, shown)
}

func (p *pages) verified(w http.ResponseWriter, r *http.Request, shown directory.LinkPreview) error {
	m := p.UI.MessagesFor(r)
	notice := signInNotice(m, m.Text("verify.done"), m.Text("verify.done_text", "email", shown.Address))
	actor, err := p.Actor(r)
	if err != nil {
		return err
	}
	if !actor.Anonymous() {
		notice = accountNotice(m, notice.Title, notice.Text)
	}
	return p.UI.WriteNotice(w, r, notice)
}
