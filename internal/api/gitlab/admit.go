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
type call struct {
	who directory.Actor
	in  web.Params
}

// serve answers a call.
type serve func(w http.ResponseWriter, r *http.Request, c call) error

// admit finds out who asks. The token may be a parameter, so the body is read
// first; but nobody hears what is wrong with a body before they are known.
func (a api) admit(r *http.Request, needs string) (call, error) {
	who := directory.AnonymousActor(directory.GitLab, web.Client(r), r.UserAgent())
	if web.ExceedsPublicLimit(r) {
		a.trustHeader(r, who)
	}
	in, unreadable := web.ReadParams(r, web.ParamOptions{MaxBody: a.config.MaxBody, Rack: true, Once: []string{sudo}})
	if needs == string(directory.Public) {
		return call{who, in}, unreadable
	}
	if unreadable != nil {
		in = inQuery(r)
	}
	who, err := a.identify(r, who, in)
	if err == nil {
		err = a.directory.Require(r.Context(), who, directory.Permission(needs))
	}
	if err == nil {
		err = unreadable
	}
	return call{who, in}, err
}

// trustHeader lets the body of r be large if a header authenticates its caller.
func (a api) trustHeader(r *http.Request, who directory.Actor) {
	text, err := token(r, web.Params{})
	if err != nil || text == "" {
		return
	}
	if who, err = a.directory.Authenticate(r.Context(), who, directory.Credential{Secret: secret.Text(text)}); err == nil {
		web.LiftPublicLimit(r, who.ImpersonatorID())
	}
}

// The parameters that say who asks.
const (
	privateToken = "private_token"
	sudo         = "sudo"
)

// inQuery are the parameters of the query alone, where the body cannot be read.
// The router has read the query already.
func inQuery(r *http.Request) web.Params {
	query, err := web.ReadQuery(r)
	if err != nil {
		return nil
	}
	return query
}

// identify judges the token, and lets an administrator act as another.
func (a api) identify(r *http.Request, who directory.Actor, in web.Params) (directory.Actor, error) {
	text, err := token(r, in)
	if err != nil {
		return who, &refusal{http.StatusUnauthorized, unauthorized, err}
	}
	who, err = a.directory.Authenticate(r.Context(), who, directory.Credential{Secret: secret.Text(text)})
	if err != nil {
		return who, err
	}
	name, asked, err := target(r, in)
	if err != nil || !asked {
		return who, err
	}
	acting, err := a.directory.ActAs(r.Context(), who, name)
	return acting, sudoRefused(err, name)
}

// target is the user to act as: the parameter before the header. One that is empty
// is a user that does not exist, and not a request of the caller's own: a script
// whose variable is empty must not run with an administrator's rights
// (docs/products/gitlab.md, Acting as another user).
func target(r *http.Request, in web.Params) (name string, asked bool, err error) {
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
func (a api) managing(next serve) serve {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		if err := a.directory.Can(r.Context(), c.who, directory.UsersManage, 0); err != nil {
			return err
		}
		return next(w, r, c)
	}
}
