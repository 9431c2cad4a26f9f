package console

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

func revertPage(token secret.Text, address string) page {
	return page{Title: "Take the change of address back", Body: addressBody{Address: address}, Form: &form{
		Action: revertPath + "/", Button: "It was not me: take it back", token: token, Fields: []field{newPasswordField()},
	}}
}

func (p *pages) showRevert(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	token, err := tokenOf(r)
	if err != nil {
		return err
	}
	shown, err := p.directory.LinkByToken(r.Context(), who, directory.RevertEmail, token)
	if err != nil {
		return err
	}
	return p.layout.write(w, http.StatusOK, "revert", revertPage(token, shown.Address))
}

func (p *pages) revertAddress(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	sent, err := p.readReset(r)
	if err != nil {
		return err
	}
	shown, err := p.directory.LinkByToken(r.Context(), who, directory.RevertEmail, sent.Token)
	if err != nil {
		return err
	}
	if _, err := p.directory.RevertEmail(r.Context(), who, sent.Token, sent.Password); err != nil {
		return p.showFaults(w, "revert", revertPage(sent.Token, shown.Address), err)
	}
	return p.layout.write(w, http.StatusOK, "done", page{Title: "The change is taken back", Body: problem{
		Text: "Your account has this address again. Log in with the new password; everybody else is out, and so are all keys and tokens. " +
			"Add those again that you need.",
	}})
}
