package console

import (
	"net/http"

	"roster.example/roster/internal/directory"
)

// addressBody is what a page about an address says.
type addressBody struct{ Address string }

// showVerify only shows a button: programs that look into mails follow links on
// their own, and would prove addresses that nobody asked for.
func (p *pages) showVerify(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	token, err := tokenOf(r)
	if err != nil {
		return err
	}
	shown, err := p.directory.LinkByToken(r.Context(), who, directory.VerifyEmail, token)
	if err != nil {
		return err
	}
	if shown.Done {
		return p.verified(w, shown)
	}
	return p.layout.write(w, http.StatusOK, "verify", page{
		Title: "Confirm " + shown.Address,
		Body:  addressBody{Address: shown.Address},
		Form:  &form{Action: verifyPath + "/", Button: "Confirm the address", token: token},
	})
}

func (p *pages) verify(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	_, token, err := p.readWithToken(r)
	if err != nil {
		return err
	}
	shown, err := p.directory.LinkByToken(r.Context(), who, directory.VerifyEmail, token)
	if err != nil {
		return err
	}
	if _, err := p.directory.VerifyEmail(r.Context(), who, token); err != nil {
		return err
	}
	return p.verified(w, shown)
}

func (p *pages) verified(w http.ResponseWriter, shown directory.LinkPreview) error {
	return p.layout.write(w, http.StatusOK, "done", page{Title: "Your address is confirmed", Body: problem{
		Text: shown.Address + " is confirmed. If your account is new, log in now with the password that you chose. Otherwise there is nothing left to do.",
	}})
}
