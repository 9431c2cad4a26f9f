// Package pm415 implements the part of pm415's API that is about users: /api/user, /api/account and
// /api/org, as its documentation describes it and its server answers. README.md documents it, with
// the differences and their reasons.
//
// The package translates; internal/directory decides.
package pm415

import (
	"log/slog"
	"net/http"
	"strings"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/authn"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// Config is the configuration of this API.
type Config struct {
	Log     *slog.Logger // internal errors, of which the client gets no details; nil discards
	MaxBody int64        // bytes of a request body; zero means no limit besides that of the middleware
}

type api struct {
	authenticator authn.Authenticator
	directory     *directory.Directory
	log           *slog.Logger
	maxBody       int64
}

// New returns the router of this API, with the paths of pm415: "/api/user".
func New(d *directory.Directory, c Config) *web.Router {
	a := &api{directory: d, authenticator: authn.New(d, model.PM415, headerClaim), log: c.Log, maxBody: c.MaxBody}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	return web.NewRouter(web.APIConfig[request]{
		Name:         string(model.PM415),
		Authenticate: a.authenticate, WriteError: a.writeError, NotFound: a.notFound, MethodNotAllowed: a.methodNotAllowed,
		Public: string(model.Public), UserID: func(req request) int64 { return req.actor.ImpersonatorID() },
		TrailingSlash: true, Query: web.CollectAll,
	}, a.endpoints())
}

// endpoints returns the routes of the API.
func (a *api) endpoints() []web.Endpoint[request] {
	at := func(method, path string, needs model.Permission, serve handler) web.Endpoint[request] {
		return web.Endpoint[request]{Method: method, Path: path, Needs: string(needs), Serve: serve}
	}
	return []web.Endpoint[request]{
		at("GET", "/api", model.Public, welcome),
		at("GET", "/api/rss", model.SelfRead, listFeeds),

		at("GET", "/api/user", model.SelfRead, a.getSelf),
		at("PUT", "/api/user", model.SelfWrite, a.updateSelf),
		at("GET", "/api/user/apikey", model.SelfCredentials, a.getAPIKey),
		at("POST", "/api/user/apikey", model.SelfCredentials, a.rotateAPIKey),
		at("GET", "/api/user/orgs", model.SelfRead, a.listMyRoles),

		at("POST", "/api/account/login", model.Public, a.logIn),
		at("POST", "/api/account/register", model.Public, a.register),
		at("GET", "/api/account/verify", model.Public, a.verifyEmail),
		at("POST", "/api/account/forgotpassword", model.Public, a.forgotPassword),
		at("POST", "/api/account/changepassword", model.Public, a.resetPassword),

		at("GET", "/api/org", model.SelfRead, a.listOrganizations),
		at("POST", "/api/org", model.OrganizationsCreate, a.createOrganization),
		at("GET", "/api/org/invite", model.Public, a.showInvitation),
		at("PUT", "/api/org/{orgid}", model.OrganizationsManage, a.renameOrganization),
		at("DELETE", "/api/org/{orgid}", model.OrganizationsManage, a.deleteOrganization),
		at("POST", "/api/org/{orgid}/invitelink", model.UsersInvite, a.invite),
		// "switch/invitelink" matches the route above too.
		{Method: "POST", Path: "/api/org/switch/{orgid}", Needs: string(model.SelfCredentials), Serve: a.switchOrganization, First: true},
		{Method: "GET", Path: "/api/org/{orgid}/users", Needs: string(model.UsersRead), Serve: a.listMembers,
			Class: web.Always(admission.ExpensiveReads)},
		at("POST", "/api/org/{orgid}/users/remove", model.SelfWrite, a.removeMembers),
		at("PUT", "/api/org/{orgid}/admin/grant", model.MembersManage, a.grantAdmin),
		at("PUT", "/api/org/{orgid}/admin/revoke", model.MembersManage, a.revokeAdmin),
		at("PUT", "/api/org/{orgid}/admin/resetpassword", model.MembersManage, a.resetPasswords),
	}
}

type handler = func(w http.ResponseWriter, r *http.Request, req request) error

// request is an authenticated request with its body.
type request struct {
	actor model.Actor
	body  body
}

// authenticate reads the body, because it may contain the credential, and authenticates the
// credential. Public routes ignore it, as pm415 does, but not two of them in one request.
func (a *api) authenticate(r *http.Request, needs string) (request, error) {
	a.authenticator.AllowLargeBody(r)
	req := request{actor: a.authenticator.Anonymous(r)}
	var err error
	if req.body, err = a.readBody(r); err != nil {
		return req, err
	}
	token, err := tokenOf(r, req.body)
	if err != nil || needs == string(model.Public) {
		return req, err
	}
	req.actor, err = a.authenticator.AuthenticateClaim(r, needs, tokenClaim(token))
	return req, err
}

// headerClaim returns the claim in the header of r.
func headerClaim(r *http.Request) authn.Claim {
	token, _ := web.Bearer(r, web.BearerStrict)
	return tokenClaim(secret.Text(token))
}

func tokenClaim(token secret.Text) authn.Claim {
	return authn.Claim{Credential: directory.Credential{Secret: token}}
}

// tokenOf returns the one token of the request (docs/products/pm415.md, 2).
func tokenOf(r *http.Request, b body) (secret.Text, error) {
	found, count := "", 0
	take := func(token string, ok bool) {
		if ok {
			found, count = token, count+1
		}
	}
	query, err := web.ReadQuery(r)
	if err != nil {
		return "", err
	}
	for _, from := range []map[string]any{query, b} {
		switch given := from["access_token"].(type) {
		case nil:
		case string:
			take(given, given != "")
		case []any: // a repeated parameter
			count += len(given)
		default:
			count++ // it is not text, so not a valid token
		}
	}
	take(web.Bearer(r, web.BearerStrict))
	if count > 1 || web.IsRepeatedHeader(r, "Authorization") {
		return "", errTwoTokens
	}
	return secret.Text(found), nil
}

// methodNotAllowed requires a credential first, as pm415 does outside of /api/account, and then
// answers as for an unknown path.
func (a *api) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/api/account/") {
		if _, err := a.authenticate(r, string(model.SelfRead)); err != nil {
			a.writeError(w, r, err)
			return
		}
	}
	w.Header().Del("Allow")
	a.notFound(w, r)
}
