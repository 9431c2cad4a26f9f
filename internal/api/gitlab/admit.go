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
	who := directory.Caller(directory.GitLab, web.Client(r), r.UserAgent())
	in, unreadable := web.ReadParams(r, web.Limit{Body: a.config.MaxBody, IgnoreBody: true})
	if needs == string(directory.Public) {
		return call{who, in}, unreadable
	}
	if unreadable != nil {
		in = inQuery(r, privateToken, sudo)
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

// The parameters that say who asks.
const (
	privateToken = "private_token"
	sudo         = "sudo"
)

// inQuery reads the named parameters where nothing else can be read.
func inQuery(r *http.Request, names ...string) web.Params {
	query, in := r.URL.Query(), web.Params{}
	for _, name := range names {
		in[name] = query.Get(name)
	}
	return in
}

// identify judges the token, and lets an administrator act as another.
func (a api) identify(r *http.Request, who directory.Actor, in web.Params) (directory.Actor, error) {
	text, err := token(r, in)
	if err != nil {
		return who, &refusal{http.StatusUnauthorized, unauthorized, err}
	}
	who, err = a.directory.Authenticate(r.Context(), who, directory.Presented{Secret: secret.Text(text)})
	if err != nil {
		return who, err
	}
	name, err := parameterOrHeader(r, in, sudo, "Sudo")
	if err != nil || name == "" {
		return who, err
	}
	acting, err := a.directory.ActAs(r.Context(), who, name)
	return acting, sudoRefused(err, name)
}

// token is the credential of the request: the parameter before the header
// (reference gitlab, A1), and before the Bearer of later versions.
func token(r *http.Request, in web.Params) (string, error) {
	text, err := parameterOrHeader(r, in, privateToken, "Private-Token")
	if err != nil || text != "" {
		return text, err
	}
	text, _ = web.Bearer(r, web.BearerLenient)
	return text, nil
}

// parameterOrHeader prefers the parameter. One that is there but is no text does
// not give way to the header.
func parameterOrHeader(r *http.Request, in web.Params, parameter, header string) (string, error) {
	if !in.Present(parameter) {
		return strings.TrimSpace(r.Header.Get(header)), nil
	}
	text, _, err := in.Text(parameter)
	return text, err
}

// managing asks whether the caller manages people before the endpoint looks at
// anything else: token, administrator, attributes, record is the order in which
// GitLab checks (reference gitlab, A1).
func (a api) managing(next serve) serve {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		if err := a.directory.May(r.Context(), c.who, directory.UsersManage, 0); err != nil {
			return err
		}
		return next(w, r, c)
	}
}
