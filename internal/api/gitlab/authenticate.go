package gitlab

import (
	"net/http"
	"strings"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// request is an authenticated request with its parameters, from query and body.
type request struct {
	actor  directory.Actor
	params web.Params
}

// handler serves a request.
type handler func(w http.ResponseWriter, r *http.Request, req request) error

// authenticate returns the actor of r. The token may be a parameter, so the body is read first; but
// an unauthenticated caller gets no error about the body.
func (a api) authenticate(r *http.Request, needs string) (request, error) {
	actor := directory.AnonymousActor(directory.GitLab, web.Client(r), r.UserAgent())
	if web.ExceedsPublicLimit(r) {
		a.trustHeader(r, actor)
	}
	in, unreadable := web.ReadParams(r, web.ParamOptions{MaxBody: a.config.MaxBody, Rack: true, Once: []string{sudo}})
	if needs == string(directory.Public) {
		return request{actor, in}, unreadable
	}
	if unreadable != nil {
		in = queryParams(r)
	}
	actor, err := a.authenticateToken(r, actor, in)
	if err == nil {
		err = a.directory.Require(r.Context(), actor, directory.Permission(needs))
	}
	if err == nil {
		err = unreadable
	}
	return request{actor, in}, err
}

// trustHeader lifts the limit for public bodies if a header authenticates the caller.
func (a api) trustHeader(r *http.Request, actor directory.Actor) {
	text, err := token(r, web.Params{})
	if err != nil || text == "" {
		return
	}
	if actor, err = a.directory.Authenticate(r.Context(), actor, directory.Credential{Secret: secret.Text(text)}); err == nil {
		web.LiftPublicLimit(r, actor.ImpersonatorID())
	}
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

// authenticateToken authenticates the token, and impersonates a user if an administrator sent sudo.
func (a api) authenticateToken(r *http.Request, actor directory.Actor, in web.Params) (directory.Actor, error) {
	text, err := token(r, in)
	if err != nil {
		return actor, &apiError{http.StatusUnauthorized, unauthorized, err}
	}
	actor, err = a.directory.Authenticate(r.Context(), actor, directory.Credential{Secret: secret.Text(text)})
	if err != nil {
		return actor, err
	}
	name, asked, err := sudoUser(r, in)
	if err != nil || !asked {
		return actor, err
	}
	acting, err := a.directory.ActAs(r.Context(), actor, name)
	return acting, mapSudoError(err, name)
}

// sudoUser returns the user to impersonate: the parameter takes precedence over the header. An
// empty value is a user that does not exist, not a request without sudo: a script with an empty
// variable must not run with the rights of an administrator (docs/products/gitlab.md, Acting as
// another user).
func sudoUser(r *http.Request, in web.Params) (name string, asked bool, err error) {
	if in[sudo] != nil {
		name, asked, err = in.Text(sudo)
		return name, asked, err
	}
	values := r.Header.Values("Sudo")
	return strings.TrimSpace(strings.Join(values, ", ")), len(values) > 0, nil
}

// token returns the token of the request: the parameter takes precedence over the header
// (docs/products/gitlab.md, Tokens), and the header over the Bearer token of later versions. A
// parameter that is not text is an error.
func token(r *http.Request, in web.Params) (string, error) {
	if in.Present(privateToken) {
		text, _, err := in.Text(privateToken)
		return text, err
	}
	if text := strings.TrimSpace(strings.Join(r.Header.Values("Private-Token"), ", ")); text != "" {
		return text, nil
	}
	text, _ := web.Bearer(r, web.BearerLenient)
	return text, nil
}

// adminOnly requires users.manage before the handler reads anything else: GitLab checks token,
// administrator, attributes and record in this order (docs/products/gitlab.md, Errors).
func (a api) adminOnly(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request, req request) error {
		if err := a.directory.Can(r.Context(), req.actor, directory.UsersManage, 0); err != nil {
			return err
		}
		return next(w, r, req)
	}
}
