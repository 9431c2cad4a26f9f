package console

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

// resetForm is what somebody fills in who forgot the password.
type resetForm struct {
	Token    secret.Text
	Password secret.Text
}

func (p *pages) readReset(r *http.Request) (resetForm, error) {
	in, err := p.read(r)
	if err != nil {
		return resetForm{}, err
	}
	sent := resetForm{Token: in.token(), Password: in.secret("password")}
	return sent, in.err
}

func resetPage(token secret.Text) page {
	return page{Title: "Choose a new password", Form: &form{
		Action: resetPath + "/", Button: "Set the password", token: token, Fields: []field{newPasswordField()},
	}}
}

// showReset asks nobody whether the link is good: the answer to the form tells.
func (p *pages) showReset(w http.ResponseWriter, r *http.Request, _ directory.Actor) error {
	token, err := tokenOf(r)
	if err != nil {
		return err
	}
	return p.look.write(w, http.StatusOK, "reset", resetPage(token))
}

func (p *pages) resetPassword(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	sent, err := p.readReset(r)
	if err != nil {
		return err
	}
	if _, err := p.directory.NewPassword(r.Context(), who, sent.Token, sent.Password); err != nil {
		return p.again(w, "reset", resetPage(sent.Token), err)
	}
	return p.look.write(w, http.StatusOK, "done", page{Title: "Your password is changed", Body: problem{
		Text: "Use the new one from now on. Whoever was logged in with your account has to log in again.",
	}})
}
