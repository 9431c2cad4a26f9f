package gitlab

import (
	"net/http"

	"roster.example/roster/internal/directory"
)

// me answers GET /user. The token is there for its owner alone: not while an
// administrator acts as somebody else, nor for a credential of a smaller scope.
func (a api) me(w http.ResponseWriter, r *http.Request, c call) error {
	u, err := a.directory.Me(r.Context(), c.who)
	if err != nil {
		return err
	}
	tokens, err := a.directory.APIKeys(r.Context(), c.who, []directory.UserID{u.ID})
	if err != nil {
		return err
	}
	send(w, http.StatusOK, oneself(tokens[u.ID]), u)
	return nil
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
	send(w, http.StatusCreated, oneself(token), u)
	return nil
}
