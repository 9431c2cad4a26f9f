package console

import (
	"net/http"

	"roster.example/roster/internal/directory"
)

// showVerify only shows a button: programs that look into mails follow links on
// their own, and would prove addresses that nobody asked for.
func (p *pages) showVerify(w http.ResponseWriter, r *http.Request, _ directory.Actor) error {
	token, err := tokenOf(r)
	if err != nil {
		return err
	}
	return p.look.write(w, http.StatusOK, "verify", page{
		Title: "Confirm your address",
		Form:  &form{Action: verifyPath + "/", Button: "Confirm the address", token: token},
	})
}

func (p *pages) verify(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	_, token, err := p.readWithToken(r)
	if err != nil {
		return err
	}
	if _, err := p.directory.Verify(r.Context(), who, token); err != nil {
		return err
	}
	return p.look.write(w, http.StatusOK, "done", page{Title: "Your address is confirmed", Body: problem{
		Text: "Your account can be used now. Log in with the password that you chose.",
	}})
}
