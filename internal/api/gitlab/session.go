package gitlab

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// getSelf answers GET /user. It has the private token only for the user: not for an impersonator,
// nor for a token with a smaller scope.
func (a api) getSelf(w http.ResponseWriter, r *http.Request, req request) error {
	own, err := a.directory.Self(r.Context(), req.actor, directory.SelfFields{APIKey: true})
	if err != nil {
		return err
	}
	sendSelf(w, http.StatusOK, &own.User, own.APIKey)
	return nil
}

func sendSelf(w http.ResponseWriter, status int, u *model.User, token secret.Text) {
	writeSelf(make(web.JSON, 0, userSize), u, token).Respond(w, status)
}

// createSession answers POST /session: it checks a password and returns the private token.
func (a api) createSession(w http.ResponseWriter, r *http.Request, req request) error {
	l, err := readLogin(req.params)
	if err != nil {
		return &apiError{http.StatusUnauthorized, unauthorized, err}
	}
	u, token, err := a.directory.CheckPassword(r.Context(), req.actor, l)
	if err != nil {
		return mapLoginError(err)
	}
	sendSelf(w, http.StatusCreated, &u, token)
	return nil
}
