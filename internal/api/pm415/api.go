// Package pm415 speaks the part of pm415's API that is about people: /api/user,
// /api/account and /api/org, as its documentation shows it and its server
// answered. README.md says what is spoken, and where and why it differs.
//
// The package translates; internal/directory decides.
package pm415

import (
	"log/slog"
	"net/http"
	"strings"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// Config are the settings of this API.
type Config struct {
	Log     *slog.Logger // our own faults, which the client hears nothing of; nil discards
	MaxBody int64        // bytes of a body that are read; 0 is web.DefaultBody
	// TellUnknown tells unknown addresses and accounts that are not active from others
	// at login and recovery, as the original does.
	TellUnknown bool
}

type api struct {
	directory *directory.Directory
	log       *slog.Logger
	maxBody   int64
	hides     bool // unless Config.TellUnknown
}

// New builds the router of this API, with paths as pm415 has them: "/api/user".
func New(d *directory.Directory, c Config) *web.Router {
	a := &api{directory: d, log: c.Log, maxBody: c.MaxBody, hides: !c.TellUnknown}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	return web.NewRouter(web.APIConfig[visit]{
		Name:         string(directory.PM415),
		Authenticate: a.admit, WriteError: a.fail, NotFound: a.notFound, MethodNotAllowed: a.wrongMethod,
		Public: string(directory.Public), UserID: func(v visit) int64 { return v.who.ImpersonatorID() },
		TrailingSlash: true, Query: web.CollectAll,
	}, a.endpoints())
}

// endpoints is the table of contents.
func (a *api) endpoints() []web.Endpoint[visit] {
	at := func(method, path string, needs directory.Permission, serve serve) web.Endpoint[visit] {
		return web.Endpoint[visit]{Method: method, Path: path, Needs: string(needs), Serve: serve}
	}
	return []web.Endpoint[visit]{
		at("GET", "/api", directory.Public, greet),
		at("GET", "/api/rss", directory.SelfRead, listFeeds),

		at("GET", "/api/user", directory.SelfRead, a.showMe),
		at("PUT", "/api/user", directory.SelfWrite, a.changeMe),
		at("GET", "/api/user/apikey", directory.SelfCredentials, a.showKey),
		at("POST", "/api/user/apikey", directory.SelfCredentials, a.makeKey),
		at("GET", "/api/user/orgs", directory.SelfRead, a.listMyRoles),

		at("POST", "/api/account/login", directory.Public, a.logIn),
		at("POST", "/api/account/register", directory.Public, a.register),
		at("GET", "/api/account/verify", directory.Public, a.verify),
		at("POST", "/api/account/forgotpassword", directory.Public, a.forgotPassword),
		at("POST", "/api/account/changepassword", directory.Public, a.newPassword),

		at("GET", "/api/org", directory.SelfRead, a.listOrganizations),
		at("POST", "/api/org", directory.OrganizationsCreate, a.createOrganization),
		at("GET", "/api/org/invite", directory.Public, a.showInvitation),
		at("PUT", "/api/org/{orgid}", directory.OrganizationsManage, a.renameOrganization),
		at("DELETE", "/api/org/{orgid}", directory.OrganizationsManage, a.deleteOrganization),
		at("POST", "/api/org/{orgid}/invitelink", directory.UsersInvite, a.invite),
		// "switch/invitelink" would fit the line above as well.
		{Method: "POST", Path: "/api/org/switch/{orgid}", Needs: string(directory.SelfCredentials), Serve: a.switchOrganization, First: true},
		{Method: "GET", Path: "/api/org/{orgid}/users", Needs: string(directory.UsersRead), Serve: a.listMembers,
			Class: web.Always(admission.ExpensiveReads)},
		at("POST", "/api/org/{orgid}/users/remove", directory.SelfWrite, a.removeMembers),
		at("PUT", "/api/org/{orgid}/admin/grant", directory.MembersManage, a.grantAdmin),
		at("PUT", "/api/org/{orgid}/admin/revoke", directory.MembersManage, a.revokeAdmin),
		at("PUT", "/api/org/{orgid}/admin/resetpassword", directory.MembersManage, a.resetPasswords),
	}
}

type serve = func(w http.ResponseWriter, r *http.Request, v visit) error

// visit is one request: who makes it, and what its body says.
type visit struct {
	who  directory.Actor
	body body
}

// admit reads the body, for a credential may stand in it, and judges what
// credential there is. Open routes ignore it, as the original does, but not two
// of them at once.
func (a *api) admit(r *http.Request, needs string) (visit, error) {
	v := visit{who: directory.AnonymousActor(directory.PM415, web.Client(r), r.UserAgent())}
	if web.ExceedsPublicLimit(r) {
		a.trustHeader(r, v.who)
	}
	var err error
	if v.body, err = a.readBody(r); err != nil {
		return v, err
	}
	token, err := credential(r, v.body)
	if err != nil || directory.Permission(needs) == directory.Public {
		return v, err
	}
	if v.who, err = a.directory.Authenticate(r.Context(), v.who, directory.Credential{Secret: token}); err != nil {
		return v, err
	}
	return v, a.directory.Require(r.Context(), v.who, directory.Permission(needs))
}

// trustHeader lets the body of r be large if its header authenticates its caller.
func (a *api) trustHeader(r *http.Request, who directory.Actor) {
	token, ok := web.Bearer(r, web.BearerStrict)
	if !ok {
		return
	}
	who, err := a.directory.Authenticate(r.Context(), who, directory.Credential{Secret: secret.Text(token)})
	if err == nil {
		web.LiftPublicLimit(r, who.ImpersonatorID())
	}
}

// credential finds the one token of the request (docs/products/pm415.md, 2).
func credential(r *http.Request, b body) (secret.Text, error) {
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
			count++ // there is one, but it cannot be a token
		}
	}
	take(web.Bearer(r, web.BearerStrict))
	if count > 1 {
		return "", errTwoTokens
	}
	return secret.Text(found), nil
}

// wrongMethod asks for a credential first, as the original does outside of
// /api/account, and then knows no such page.
func (a *api) wrongMethod(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/api/account/") {
		if _, err := a.admit(r, string(directory.SelfRead)); err != nil {
			a.fail(w, r, err)
			return
		}
	}
	w.Header().Del("Allow")
	a.notFound(w, r)
}
