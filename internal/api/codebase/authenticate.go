package codebase

import (
	"net/http"
	"strings"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// authenticate returns the actor of r, or an error if the credential lacks the permission needs.
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

// credential reads "account/username" and the key from a Basic credential. Account names have no
// slash, so the first one ends the account; a colon can be in the password only (RFC 7617, section
// 2).
//
// All three are required: an empty username or account would not restrict which user a key belongs
// to.
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
