package codebase

import (
	"net/http"
	"strings"

	"roster.example/roster/internal/authn"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// readClaim reads "account/username" and the key from a Basic credential. Account names have no
// slash, so the first one ends the account; a colon can be in the password only (RFC 7617, section
// 2).
//
// All three are required: an empty username or account would not restrict which user a key belongs
// to.
func readClaim(r *http.Request) authn.Claim {
	name, key, _ := web.BasicAuth(r)
	account, username, _ := strings.Cut(name, "/")
	if account == "" || username == "" || key == "" {
		return authn.Claim{}
	}
	return authn.Claim{Credential: directory.Credential{Secret: secret.Text(key), Username: username, Account: account}}
}
