package codebase

import (
	"net/http"
	"strings"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// admit finds out who asks, and whether their credential was made for needs.
func (a *api) authenticate(r *http.Request, needs string) (directory.Actor, error) {
	actor := directory.AnonymousActor(directory.Codebase, web.Client(r), r.UserAgent())
	if shown, ok := credential(r); ok {
		var err error
		if actor, err = a.directory.Authenticate(r.Context(), actor, shown); err != nil {
			return actor, err
		}
	}
	return actor, a.directory.Require(r.Context(), actor, directory.Permission(needs))
}

// credential reads "account/username" and the key behind it from a Basic
// credential. Account names hold no slash, so the first one ends the account; a
// colon can stand in the password part only (RFC 7617, section 2).
//
// All three must be there: an empty username or account would not narrow whom a
// key belongs to.
func credential(r *http.Request) (directory.Credential, bool) {
	name, key, ok := web.BasicAuth(r)
	if !ok {
		return directory.Credential{}, false
	}
	account, username, _ := strings.Cut(name, "/")
	if account == "" || username == "" || key == "" {
		return directory.Credential{}, false
	}
	return directory.Credential{Secret: secret.Text(key), Username: username, Account: account}, true
}
