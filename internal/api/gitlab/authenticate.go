package gitlab

import (
	"net/http"
	"strings"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// A call is an admitted request: who asks, and every parameter, from wherever in
// the request it came.
type request struct {
	actor  directory.Actor
	params web.Params
}

// serve answers a call.
type handler func(w http.ResponseWriter, r *http.Request, req request) error

// admit finds out who asks. The token may be a parameter, so the body is read
// first; but nobody hears what is wrong with a body before they are known.
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

// trustHeader lets the body of r be large if a header authenticates its caller.
func (a api) trustHeader(r *http.Request, actor directory.Actor) {
	text, err := token(r, web.Params{})
	if err != nil || text == "" {
		return
	}
	if actor, err = a.directory.Authenticate(r.Context(), actor, directory.Credential{Secret: secret.Text(text)}); err == nil {
		web.LiftPublicLimit(r, actor.ImpersonatorID())
	}
}

// The parameters that say who asks.
const (
	privateToken = "private_token"
	sudo         = "sudo"
)

// inQuery are the parameters of the query alone, where the body cannot be read.
// The router has read the query already.
func queryParams(r *http.Request) web.Params {
	query, err := web.ReadQuery(r)
	if err != nil {
		return nil
	}
	return query
}

// identify judges the token, and lets an administrator act as another.
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

// target is the user to act as: the parameter before the header. One that is empty
// is a user that does not exist, and not a request of the caller's own: a script
// whose variable is empty must not run with an administrator's rights
// (docs/products/gitlab.md, Acting as another user).
func sudoUser(r *http.Request, in web.Params) (name string, asked bool, err error) {
	if in[sudo] != nil {
		name, asked, err = in.Text(sudo)
		return name, asked, err
	}
	values := r.Header.Values("Sudo")
	return strings.TrimSpace(strings.Join(values, ", ")), len(values) > 0, nil
}

// token is the credential of the request: the parameter before the header
// (docs/products/gitlab.md, Tokens), and before the Bearer of later versions. A
// parameter that is there but is no text does not give way to the header.
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

// managing asks whether the caller manages people before the endpoint looks at
// anything else: token, administrator, attributes, record is the order in which
// GitLab checks (docs/products/gitlab.md, Errors).
func (a api) adminOnly(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request, req request) error {
		if err := a.directory.Can(r.Context(), req.actor, directory.UsersManage, 0); err != nil {
			return err
		}
		return next(w, r, req)
	}
}
