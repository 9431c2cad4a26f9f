// Package wekan implements the users' API of Wekan as its releases from v0.55 to v11 answer
// ("classic"): logins under /users, users and tokens under /api.
//
// It translates and decides nothing: authorization and validation are in package directory.
// README.md documents the API, including its quirks.
package wekan

import (
	"context"
	"log/slog"
	"net/http"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/authn"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// Config is the configuration of this API. The zero value is usable.
type Config struct {
	Log          *slog.Logger // errors that are answered with status 200; nil discards
	MaxBody      int64        // bytes; zero means no limit besides that of the middleware
	RealStatuses bool         // errors under /api have an error status, not Wekan's 200
}

type api struct {
	directory *directory.Directory
	config    Config
	// revealsAccounts is set if login errors are those of classic releases.
	revealsAccounts bool
}

// New returns the router of this API, for paths without a prefix.
func New(d *directory.Directory, c Config) *web.Router {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	a := &api{d, c, d.LoginRevealsAccounts(context.Background(), model.AnonymousActor(model.Wekan, "", ""))}
	return web.NewRouter(web.APIConfig[model.Actor]{
		Name:         string(model.Wekan),
		Authenticate: newAuthenticator(d).Authenticate,
		Public:       string(model.Public), UserID: model.Actor.ImpersonatorID,
		WriteError:       a.writeError,
		NotFound:         a.notFound,
		MethodNotAllowed: a.methodNotAllowed,
		TrailingSlash:    true, Query: web.CollectAll,
	}, a.endpoints())
}

func (a *api) endpoints() []web.Endpoint[model.Actor] {
	const (
		public = string(model.Public)
		self   = string(model.SelfRead)
		own    = string(model.SelfCredentials)
		manage = string(model.UsersManage)
	)
	return []web.Endpoint[model.Actor]{
		{Method: "POST", Path: "/users/login", Needs: public, Serve: a.logIn},
		{Method: "POST", Path: "/users/register", Needs: public, Serve: a.register},
		{Method: "POST", Path: logoutPath, Needs: own, Serve: a.logOut},
		{Method: "OPTIONS", Path: "/users/login", Needs: public, Serve: a.preflight},
		{Method: "OPTIONS", Path: "/users/register", Needs: public, Serve: a.preflight},
		{Method: "OPTIONS", Path: logoutPath, Needs: public, Serve: a.preflight},

		{Method: "GET", Path: "/api/user", Needs: self, Serve: a.getSelf},
		{Method: "GET", Path: "/api/users", Needs: manage, Serve: a.listUsers, Class: web.Always(admission.ExpensiveReads)},
		{Method: "POST", Path: "/api/users", Needs: manage, Serve: a.createUser},
		{Method: "GET", Path: "/api/users/{id}", Needs: manage, Serve: a.getUser},
		{Method: "PUT", Path: "/api/users/{id}", Needs: manage, Serve: a.editUser},
		{Method: "DELETE", Path: "/api/users/{id}", Needs: manage, Serve: a.deleteUser},
		{Method: "POST", Path: "/api/createtoken/{id}", Needs: manage, Serve: a.createToken},
		{Method: "POST", Path: "/api/deletetoken", Needs: manage, Serve: a.deleteToken},
		{Method: "GET", Path: "/api/admin/domains", Needs: manage, Serve: a.listDomains, Class: web.Always(admission.ExpensiveReads)},

		{Method: "GET", Path: "/api/users/{id}/boards", Needs: self, Serve: a.listUserBoards},
		{Method: "GET", Path: "/api/boards", Needs: manage, Serve: a.listBoards},
		{Method: "GET", Path: "/api/boards_count", Needs: manage, Serve: a.countBoards},
	}
}

// newAuthenticator authenticates with the token in the header or the query.
func newAuthenticator(d *directory.Directory) authn.Authenticator {
	return authn.New(d, model.Wekan, func(r *http.Request) authn.Claim {
		return authn.Claim{Credential: directory.Credential{Secret: token(r)}}
	})
}

// tokenLength is the length of a session token, as in Meteor.
const tokenLength = 43

// HasSession reports whether r has the token of a session of this API. Its requests are thereby
// distinguished from those of another API at the same path. A text of another length is not looked
// up.
func HasSession(d *directory.Directory, r *http.Request) bool {
	if len(token(r)) != tokenLength {
		return false
	}
	actor, err := newAuthenticator(d).Identify(r)
	return err == nil && actor.SessionKind() == model.WekanLogin
}

// token returns the token of a request: a Bearer header of exactly two parts, or else the
// query parameter (docs/products/wekan.md, 2). A repeated header or parameter is no token, because a proxy
// could have checked another one. It returns "" if there is no token.
func token(r *http.Request) secret.Text {
	if web.IsRepeatedHeader(r, "Authorization") {
		return ""
	}
	if text, ok := web.Bearer(r, web.BearerLenient); ok {
		return secret.Text(text)
	}
	text, err := web.QueryText(r, "access_token")
	if err != nil {
		return ""
	}
	return secret.Text(text)
}

// readBody reads a JSON or form body.
func (a *api) readBody(r *http.Request) (map[string]any, error) {
	return web.ReadBody(r, a.config.MaxBody)
}

// preflight answers OPTIONS where Wekan does (docs/products/wekan.md, 2).
func (a *api) preflight(w http.ResponseWriter, _ *http.Request, _ model.Actor) error {
	writeEmpty(w, http.StatusOK)
	return nil
}
