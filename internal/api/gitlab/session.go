package gitlab

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// me answers GET /user. The token is there for its owner alone: not while an
// administrator acts as somebody else, nor for a credential of a smaller scope.
func (a api) me(w http.ResponseWriter, r *http.Request, c call) error {
	own, err := a.directory.Self(r.Context(), c.who, directory.SelfFields{APIKey: true})
	if err != nil {
		return err
	}
	sendOneself(w, http.StatusOK, &own.User, own.APIKey)
	return nil
}

func sendOneself(w http.ResponseWriter, status int, u *directory.User, token secret.Text) {
	showOneself(make(web.JSON, 0, personSize), u, token).Respond(w, status)
}

// logIn answers POST /session: a password against the private token.
func (a api) logIn(w http.ResponseWriter, r *http.Request, c call) error {
	l, err := login(c.in)
	if err != nil {
		return &refusal{http.StatusUnauthorized, unauthorized, err}
	}
	u, token, err := a.directory.CheckPassword(r.Context(), c.who, l)
	if err != nil {
		return notLoggedIn(err)
	}
	sendOneself(w, http.StatusCreated, &u, token)
	return nil
}
