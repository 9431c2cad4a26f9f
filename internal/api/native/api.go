// Package native speaks Roster's own API, below /api/v1: everything that the
// directory can do.
//
// Each operation is one row: its route, its permission, its input and output as
// types, and what the description (OpenAPI 3.1) says of it, which is made of the
// rows and so cannot tell anything else than what is served. README.md is its
// contract. This folder translates and decides nothing.
package native

import (
	"cmp"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// Config is what an installation may set about this API.
type Config struct {
	Log *slog.Logger // faults of ours after an answer had begun; nil discards
	// MaxImport is how many bytes the body of an import may have; 0 is 4 GiB.
	MaxImport int64
	// Idle is how long an import or export may stand still; 0 is a minute.
	Idle     time.Duration
	Settings []Setting // what administrators are shown of the installation
	// PerMinute is how many requests one person may make in a minute; 0 for any number.
	PerMinute int
	// Stopping is closed when the server stops: streams without an end finish. nil
	// for never.
	Stopping <-chan struct{}
}

type api struct {
	directory   *directory.Directory
	description func() []byte // the OpenAPI document, made when somebody first asks
	docs        func() []byte // the same as a page
	Config
}

// New builds the router of the API on d. Paths begin with /api/v1.
func New(d *directory.Directory, c Config) *web.Router {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.MaxImport = cmp.Or(c.MaxImport, 4<<30)
	c.Idle = cmp.Or(c.Idle, time.Minute)
	a := api{directory: d, Config: c}
	rows, limit := a.routes(), newLimiter(c.PerMinute)
	for i := range rows {
		if rows[i].Needs != string(directory.Public) && rows[i].Path != basePath+forwardAuthPath {
			rows[i].Serve = limit.limit(rows[i].Serve)
		}
	}
	return web.NewRouter(web.APIConfig[directory.Actor]{
		Name: string(directory.Native), Authenticate: a.authenticate, Public: string(directory.Public), UserID: directory.Actor.ImpersonatorID, WriteError: writeError, NotFound: unknownRoute, MethodNotAllowed: wrongMethod,
		TrailingSlash: true, Query: web.RejectRepeated,
	}, rows)
}

// table is every row of the API. Read this to learn what it has.
func (a *api) routes() []web.Endpoint[directory.Actor] {
	t := &routeTable{directory: a.directory}
	doc := a.register(t)
	a.description = sync.OnceValue(func() []byte { return encodeDescription(doc) })
	a.docs = sync.OnceValue(func() []byte {
		a.description() // finishes what the page is made of
		return render(doc)
	})
	open := string(directory.Public)
	return append(t.endpoints,
		web.Endpoint[directory.Actor]{Method: "GET", Path: basePath + "/openapi.json", Needs: open, Serve: a.describe},
		web.Endpoint[directory.Actor]{Method: "GET", Path: "/docs", Needs: open, Serve: a.showDocs},
		web.Endpoint[directory.Actor]{Method: "GET", Path: "/docs/style.css", Needs: open, Serve: a.showStyle},
		web.Endpoint[directory.Actor]{Method: "GET", Path: "/docs/icon.svg", Needs: open, Serve: a.showIcon},
	)
}

// operations hangs all that are described into t, and gives their description.
func (a *api) register(t *routeTable) *huma.OpenAPI {
	h := huma.NewAPI(humaConfig(), t)
	a.addAccountOperations(h)
	a.addMeOperations(h)
	a.addUserOperations(h)
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
	a.addEventOperations(h, t)
	a.addWebhookOperations(h)
	a.addReservedNameOperations(h)
	a.addIntegrationOperations(h, t)
	return h.OpenAPI()
}

// admit takes a credential from where [presented] finds it. The header Sudo lets an
// administrator act as another person, named by id or username, as at GitLab.
func (a api) authenticate(r *http.Request, needs string) (directory.Actor, error) {
	who := directory.AnonymousActor(directory.Native, web.Client(r), r.UserAgent())
	if needs == string(directory.Public) {
		return who, nil
	}
	who, err := a.directory.Authenticate(r.Context(), who, readCredential(r))
	if name := r.Header.Get("Sudo"); err == nil && name != "" && !isForwardAuth(r) {
		who, err = a.directory.ActAs(r.Context(), who, name)
	}
	if err == nil {
		err = a.directory.Require(r.Context(), who, directory.Permission(needs))
	}
	return who, err
}
