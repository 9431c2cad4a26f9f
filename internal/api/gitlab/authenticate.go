package gitlab

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"roster.example/roster/internal/authn"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// request is an authenticated request with its parameters, from query and body.
type request struct {
	actor  model.Actor
	params web.Params
}

// handler serves a request.
type handler func(w http.ResponseWriter, r *http.Request, req request) error

// authenticate returns the actor of r. The token may be a parameter, so the body is read first; but
// an unauthenticated caller gets no error about the body.
func (a api) authenticate(r *http.Request, needs string) (request, error) {
	a.authenticator.AllowLargeBody(r)
	params, malformed := web.ReadParams(r, web.ParamOptions{MaxBody: a.config.MaxBody, Rack: true, Once: []string{sudo}})
	if needs == string(model.Public) {
		return request{a.authenticator.Anonymous(r), params}, malformed
	}
	if malformed != nil {
		params = queryParams(r)
	}
	text, err := token(r, params)
	if err != nil {
		return request{}, &apiError{http.StatusUnauthorized, unauthorized, err}
	}
	c := tokenClaim(text)
	var sudoErr error
	c.Sudo, c.HasSudo, sudoErr = sudoUser(r, params)
	actor, err := a.authenticator.AuthenticateClaim(r, needs, c)
	if failed, ok := errors.AsType[*authn.SudoError](err); ok {
		return request{}, mapSudoError(failed.Err, failed.Name)
	}
	return request{actor, params}, cmp.Or(err, sudoErr, malformed)
}

// headerClaim returns the claim in the headers of r.
func headerClaim(r *http.Request) authn.Claim {
	return tokenClaim(headerToken(r))
}

func tokenClaim(text string) authn.Claim {
	return authn.Claim{Credential: directory.Credential{Secret: secret.Text(text)}}
}

// The parameters that identify the actor.
const (
	privateToken = "private_token"
	sudo         = "sudo"
)

// queryParams returns the parameters of the query only, for a request with a malformed body. The
// router has already parsed the query.
func queryParams(r *http.Request) web.Params {
	query, err := web.ReadQuery(r)
	if err != nil {
		return nil
	}
	return query
}

// sudoUser returns the user to impersonate, from the parameter or the header. A request that names
// two users is rejected, because proxies and logs may read the other one than the handler. An
// empty value is a user that does not exist, not a request without sudo: a script with an empty
// variable must not run with the rights of an administrator (docs/products/gitlab.md, Acting as
// another user).
func sudoUser(r *http.Request, in web.Params) (name string, given bool, err error) {
	values := r.Header.Values("Sudo")
	header := strings.TrimSpace(strings.Join(values, ", "))
	value, given := in[sudo]
	if !given {
		return header, len(values) > 0, nil
	}
	if value == nil {
		return "", true, nil // an empty variable in JSON
	}
	name, given, err = in.Text(sudo)
	if err == nil && name != "" && len(values) > 0 && strings.TrimSpace(name) != header {
		err = &apiError{http.StatusBadRequest, "400 (Bad request) sudo was given more than once", nil}
	}
	return name, given, err
}

var errTwoTokens = errors.New("more than one token in the headers: send one")

// token returns the token of the request: the parameter takes precedence over the header
// (docs/products/gitlab.md, Tokens), and the header over the Bearer token of later versions. A
// parameter that is not text is an error, and so is a repeated header: a proxy could have checked
// the other value.
func token(r *http.Request, in web.Params) (string, error) {
	if web.IsRepeatedHeader(r, "Private-Token") || web.IsRepeatedHeader(r, "Authorization") {
		return "", errTwoTokens
	}
	if in.Present(privateToken) {
		text, _, err := in.Text(privateToken)
		return text, err
	}
	return headerToken(r), nil
}

func headerToken(r *http.Request) string {
	if text := strings.TrimSpace(strings.Join(r.Header.Values("Private-Token"), ", ")); text != "" {
		return text
	}
	text, _ := web.Bearer(r, web.BearerLenient)
	return text
}

// adminOnly requires users.manage before the handler reads anything else: GitLab checks token,
// administrator, attributes and record in this order (docs/products/gitlab.md, Errors).
func (a api) adminOnly(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request, req request) error {
		if err := a.directory.Can(r.Context(), req.actor, model.UsersManage, 0); err != nil {
			return err
		}
		return next(w, r, req)
	}
}
