package console

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

// resetForm is what somebody fills in who forgot the password.
type resetForm struct {
	Token    secret.Text
	Address  string // of the account, as the page shows it
	Password secret.Text
	Keep     bool // the API key and the access tokens
}

func (p *pages) readReset(r *http.Request) (resetForm, error) {
	in, err := p.read(r)
	if err != nil {
		return resetForm{}, err
	}
	sent := resetForm{Token: in.token(), Password: in.secret("password"), Keep: in.unticked(endCredentials)}
	return sent, in.err
}

// endCredentials is the name of the checkbox.
const endCredentials = "end_credentials"

func resetPage(sent resetForm) page {
	end := field{Name: endCredentials, Label: "Also end my API key and access tokens", Type: "checkbox", Autocomplete: "off", Optional: true, Ticked: !sent.Keep,
		Hint: "Leave this ticked unless you are sure that only you knew the old password. Your SSH keys stay: look through them."}
	return page{Title: "Choose a new password", Body: addressBody{Address: sent.Address}, Form: &form{
		Action: resetPath + "/", Button: "Set the password", token: sent.Token, Fields: []field{newPasswordField(), end},
	}}
}

func (p *pages) showReset(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	token, err := tokenOf(r)
	if err != nil {
		return err
	}
	shown, err := p.directory.LinkByToken(r.Context(), who, directory.ResetPassword, token)
	if err != nil {
		return err
	}
	return p.layout.write(w, http.StatusOK, "reset", resetPage(resetForm{Token: token, Address: shown.Address}))
}

func (p *pages) resetPassword(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	sent, err := p.readReset(r)
	if err != nil {
		return err
	}
	shown, err := p.directory.LinkByToken(r.Context(), who, directory.ResetPassword, sent.Token)
	if err != nil {
		return err
	}
	sent.Address = shown.Address
	reset := directory.Reset{Token: sent.Token, Password: sent.Password, KeepCredentials: sent.Keep}
	if _, err := p.directory.ResetPassword(r.Context(), who, reset); err != nil {
		return p.showFaults(w, "reset", resetPage(sent), err)
	}
	text := "Use the new one from now on. All sessions of your account have ended, and so have its API key and access tokens. Your SSH keys stay."
	if sent.Keep {
		text = "Use the new one from now on. All sessions of your account have ended. Its API key, access tokens and SSH keys stay."
	}
	return p.layout.write(w, http.StatusOK, "done", page{Title: "Your password is changed", Body: problem{Text: text}})
}
