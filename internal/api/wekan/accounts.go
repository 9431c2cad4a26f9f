package wekan

import (
	"net/http"

	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// logIn checks a password and creates a session (docs/products/wekan.md, 3).
func (a *api) logIn(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	body, err := a.readBody(r)
	if err != nil {
		return err
	}
	given, err := readLogin(body)
	if err != nil {
		return err
	}
	made, err := a.directory.LogIn(r.Context(), actor, given, model.WekanLogin)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, loginResponse{made.User.UID, made.Token.Reveal(), web.JavaScriptTime(made.Session.ExpiresAt)})
}

// readLogin requires a password and one name: the address if there is such a member. An address in
// place of the username is accepted too.
func readLogin(body map[string]any) (login.Attempt, error) {
	name := "username"
	if _, given := body["email"]; given {
		name = "email"
	}
	_, hasName := body[name]
	_, hasPassword := body["password"]
	if len(body) != 2 || !hasName || !hasPassword {
		return login.Attempt{}, &typeMismatch{}
	}
	f, err := readAccountFields(body)
	return login.Attempt{Name: f.username, Email: f.email, Password: f.password}, err
}

// register creates an account and a session for it (docs/products/wekan.md, 3).
func (a *api) register(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	body, err := a.readBody(r)
	if err != nil {
		return err
	}
	f, err := readRegistration(body)
	if err != nil {
		return err
	}
	made, err := a.directory.RegisterAndLogIn(r.Context(), actor, registration.Input{
		Username: f.username, Email: f.email, Password: f.password,
	}, model.WekanLogin)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, registrationResponse{made.Token.Reveal(), web.JavaScriptTime(made.Session.ExpiresAt), made.User.UID})
}

// readRegistration rejects unknown members, unlike the POST /api/users of administrators.
func readRegistration(body map[string]any) (accountFields, error) {
	if _, given := body["password"]; !given {
		return accountFields{}, &typeMismatch{}
	}
	for name := range body {
		if name != "username" && name != "email" && name != "password" {
			return accountFields{}, &typeMismatch{}
		}
	}
	return readAccountFields(body)
}

// accountFields are the members of login, registration and creation.
type accountFields struct {
	username, email string
	password        secret.Text
}

func readAccountFields(body map[string]any) (f accountFields, err error) {
	if f.username, err = textField(body, "username"); err != nil {
		return f, err
	}
	if f.email, err = textField(body, "email"); err != nil {
		return f, err
	}
	password, err := textField(body, "password")
	f.password = secret.Text(password)
	return f, err
}

// logOut revokes the session of the caller, or all sessions of the user.
func (a *api) logOut(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	body, err := a.readBody(r)
	if err != nil {
		return err
	}
	all, _, err := web.Params(body).Bool("all")
	if err != nil {
		return err
	}
	if err := a.directory.LogOut(r.Context(), actor, all); err != nil {
		return err
	}
	if all {
		return writeJSON(w, http.StatusOK, message{"All login tokens have been invalidated."})
	}
	return writeJSON(w, http.StatusOK, message{"You've been logged out!"})
}
