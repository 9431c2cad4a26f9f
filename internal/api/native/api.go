// Package native implements the native API below /api/v1. It offers every operation of the directory.
//
// Each operation is declared once: its route, its permission, and the types of its input and output. The OpenAPI
// description is generated from these declarations, so it always matches the API. README.md is the contract. The package
// translates between HTTP and the directory and contains no rules.
package native

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/authn"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// Config configures the API.
type Config struct {
	Log *slog.Logger // errors after the response has begun; nil discards them
	// MaxImport limits the body of an import, in bytes.
	MaxImport int64
	// Idle is the time after which an import, export or stream without progress ends.
	Idle     time.Duration
	Settings []Setting // the settings that administrators can read
	// PerMinute limits the requests of one user in a minute; 0 means no limit.
	PerMinute int
	// LoginURL is the sign-in page, to which forward authentication leads browsers. ForwardCookie is the
	// name of the cookie that only forward authentication accepts. Both may be empty.
	LoginURL, ForwardCookie string
	// Stopping is closed when the server stops, which ends event streams. nil means never.
	Stopping <-chan struct{}
}

type api struct {
	directory   *directory.Directory
	description func() []byte // the OpenAPI document, generated on the first request
	docs        func() []byte // the same as an HTML page
	Config
}

// New returns the router of the API.
func New(d *directory.Directory, c Config) *web.Router {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	a := api{directory: d, Config: c}
	rows, limit := a.routes(), newLimiter(c.PerMinute)
	for i := range rows {
		if rows[i].Needs != string(model.Public) && rows[i].Path != basePath+forwardAuthPath {
			rows[i].Serve = limit.limit(rows[i].Serve)
		}
	}
	return web.NewRouter(web.APIConfig[model.Actor]{
		Name: string(model.Native), Authenticate: a.authenticate(authn.New(d, model.Native, readClaim)), Public: string(model.Public), UserID: model.Actor.ImpersonatorID, WriteError: a.writeError, NotFound: unknownRoute, MethodNotAllowed: wrongMethod,
		TrailingSlash: true, Query: web.RejectRepeated,
	}, rows)
}

// routes returns all routes of the API.
func (a *api) routes() []web.Endpoint[model.Actor] {
	t := &routeTable{directory: a.directory}
	doc := a.register(t)
	a.description = sync.OnceValue(func() []byte { return encodeDescription(doc) })
	a.docs = sync.OnceValue(func() []byte {
		a.description() // completes doc, from which the page is rendered
		return render(doc)
	})
	open := string(model.Public)
	return append(t.endpoints,
		web.Endpoint[model.Actor]{Method: "GET", Path: basePath + "/openapi.json", Needs: open, Serve: a.describe},
		web.Endpoint[model.Actor]{Method: "GET", Path: "/docs", Needs: open, Serve: a.showDocs},
		web.Endpoint[model.Actor]{Method: "GET", Path: "/docs/style.css", Needs: open, Serve: a.showStyle},
		web.Endpoint[model.Actor]{Method: "GET", Path: "/docs/icon.svg", Needs: open, Serve: a.showIcon},
	)
}

// register registers all described operations in t and returns their description.
func (a *api) register(t *routeTable) *huma.OpenAPI {
	h := huma.NewAPI(humaConfig(), t)
	a.addAccountOperations(h)
	a.addMeOperations(h)
	a.addPreferencesOperations(h)
	a.addUserOperations(h)
	a.addAuthenticatorOperations(h)
	for _, p := range ownerPaths() {
		a.addEmailOperations(h, p)
		a.addKeyOperations(h, p)
		a.addTokenOperations(h, p)
		a.addSessionOperations(h, p)
	}
	a.addOrganizationOperations(h)
	a.addRoleOperations(h)
	a.addProjectOperations(h)
	a.addServerOperations(h)
	a.addSettingOperations(h)
	a.addBulkOperations(h)
	a.addFileOperations(h, t)
	a.addPersonalDataOperations(h)
	a.addErasureOperations(h)
	a.addEventOperations(h, t)
	a.addWebhookOperations(h)
	a.addReservedNameOperations(h)
	a.addIntegrationOperations(h, t)
	return h.OpenAPI()
}

// readClaim returns the credential of a request, and the user that an administrator impersonates
// by the header Sudo, as in GitLab. An empty or repeated header is rejected: the request would run
// with the rights of the administrator. At forward-auth the header belongs to the request for
// another program.
func readClaim(r *http.Request) authn.Claim {
	c := authn.Claim{Credential: readCredential(r)}
	if !isForwardAuth(r) {
		c.Sudo, c.HasSudo, c.Err = web.SingleHeader(r, "Sudo")
	}
	return c
}
