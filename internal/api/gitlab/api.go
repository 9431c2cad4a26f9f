// Package gitlab implements GitLab's API for users and SSH keys, version 3.
//
// README.md documents it, including the quirks that are kept on purpose. The package translates and
// decides nothing: attributes.go reads requests, wire.go writes responses, and errors.go maps
// errors to GitLab's.
package gitlab

import (
	"roster.example/roster/internal/authn"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// Config is the configuration of this API.
type Config struct {
	BaseURL string // public URL of the server, for Link headers
	MaxBody int64  // bytes of a request body; zero means no limit besides that of the middleware
}

// api is the API on one directory.
type api struct {
	directory     *directory.Directory
	authenticator authn.Authenticator
	config        Config
}

// New returns the router of the API. Paths begin with /api/v3.
func New(d *directory.Directory, c Config) *web.Router {
	a := api{d, authn.New(d, model.GitLab, headerClaim), c}
	return web.NewRouter(web.APIConfig[request]{
		Name: string(model.GitLab), Authenticate: a.authenticate, WriteError: writeError, NotFound: notFound, MethodNotAllowed: methodNotAllowed,
		Public: string(model.Public), UserID: func(req request) int64 { return req.actor.ImpersonatorID() },
		TrailingSlash: true, Query: web.Rack, Suffixes: []string{".json"},
	}, a.endpoints())
}

// endpoints returns the endpoints of the seed, and below them later ones that do not conflict with
// it (docs/products/gitlab.md). Blocking moved from PUT to POST in version 4; both are accepted.
func (a api) endpoints() []web.Endpoint[request] {
	public := string(model.Public)
	usersRead, usersManage := string(model.UsersRead), string(model.UsersManage)
	selfRead, selfWrite := string(model.SelfRead), string(model.SelfWrite)
	all := []web.Endpoint[request]{
		{Method: "GET", Path: "/api/v3/users", Needs: usersRead, Serve: a.listUsers,
			Class: listClass},
		{Method: "POST", Path: "/api/v3/users", Needs: usersManage, Serve: a.adminOnly(a.createUser)},
		{Method: "GET", Path: "/api/v3/users/{id}", Needs: usersRead, Serve: a.getUser},
		{Method: "PUT", Path: "/api/v3/users/{id}", Needs: usersManage, Serve: a.adminOnly(a.updateUser)},
		{Method: "DELETE", Path: "/api/v3/users/{id}", Needs: usersManage, Serve: a.adminOnly(a.deleteUser)},
		{Method: "POST", Path: "/api/v3/users/{id}/keys", Needs: usersManage, Serve: a.adminOnly(a.addKey(pathID))},

		{Method: "GET", Path: "/api/v3/user", Needs: selfRead, Serve: a.getSelf},
		{Method: "GET", Path: "/api/v3/user/keys", Needs: selfRead, Serve: a.listKeys(selfID)},
		{Method: "POST", Path: "/api/v3/user/keys", Needs: selfWrite, Serve: requireParams(a.addKey(selfID), "title", "key")},
		{Method: "GET", Path: "/api/v3/user/keys/{id}", Needs: selfRead, Serve: a.getKey(selfID)},
		{Method: "DELETE", Path: "/api/v3/user/keys/{id}", Needs: selfWrite, Serve: nullIfMissing(a.removeKey(selfID, "id"))},

		{Method: "POST", Path: "/api/v3/session", Needs: public, Serve: a.createSession},
		{Method: "GET", Path: "/api/v3/users/{id}/keys", Needs: usersManage, Serve: a.adminOnly(a.listKeys(pathID))},
		{Method: "DELETE", Path: "/api/v3/users/{id}/keys/{key}", Needs: usersManage, Serve: a.adminOnly(a.removeKey(pathID, "key"))},
		{Method: "GET", Path: "/api/v3/user/emails", Needs: selfRead, Serve: a.listEmails(selfID)},
		{Method: "POST", Path: "/api/v3/user/emails", Needs: selfWrite, Serve: a.addEmail(selfID)},
		{Method: "GET", Path: "/api/v3/user/emails/{id}", Needs: selfRead, Serve: a.getEmail(selfID)},
		{Method: "DELETE", Path: "/api/v3/user/emails/{id}", Needs: selfWrite, Serve: a.removeEmail(selfID, "id")},
		{Method: "GET", Path: "/api/v3/users/{id}/emails", Needs: usersManage, Serve: a.adminOnly(a.listEmails(pathID))},
		{Method: "POST", Path: "/api/v3/users/{id}/emails", Needs: usersManage, Serve: a.adminOnly(a.addEmail(pathID))},
		{Method: "DELETE", Path: "/api/v3/users/{id}/emails/{email}", Needs: usersManage, Serve: a.adminOnly(a.removeEmail(pathID, "email"))},
		{Method: "PUT", Path: "/api/v3/users/{id}/block", Needs: usersManage, Serve: a.adminOnly(a.blockUser)},
		{Method: "PUT", Path: "/api/v3/users/{id}/unblock", Needs: usersManage, Serve: a.adminOnly(a.unblockUser)},
		{Method: "POST", Path: "/api/v3/users/{id}/block", Needs: usersManage, Serve: a.adminOnly(a.blockUser)},
		{Method: "POST", Path: "/api/v3/users/{id}/unblock", Needs: usersManage, Serve: a.adminOnly(a.unblockUser)},
		{Method: "GET", Path: "/api/v3/keys/{id}", Needs: usersManage, Serve: a.adminOnly(a.getKeyByID)},
	}
	for i := range all {
		all[i].Serve = a.withValidationErrors(all[i].Serve)
	}
	return all
}
