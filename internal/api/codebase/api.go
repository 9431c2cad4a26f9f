// Package codebase implements the users' API of Codebase (codebasehq.com): XML by default and JSON
// on request, with account/username and an API key as Basic credential. README.md documents it.
package codebase

import (
	"log/slog"
	"net/http"
	"slices"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/authn"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// Config is the configuration of this API. The zero value is usable.
type Config struct {
	Log     *slog.Logger // rejected credentials with the reason, which clients do not get; nil discards
	MaxBody int64        // bytes of a request body; zero means no limit besides that of the middleware
}

// New returns the router of the API with all its routes, for a prefix or a host of its own.
func New(d *directory.Directory, c Config) *web.Router {
	a := newAPI(d, c)
	return web.NewRouter(a.config(), slices.Concat(a.accountRoutes(), a.projectRoutes()))
}

// NewAtRoot returns the router without the routes of projects: at a root that several APIs share, a
// path that begins with a project name could belong to another API.
func NewAtRoot(d *directory.Directory, c Config) *web.Router {
	a := newAPI(d, c)
	return web.NewRouter(a.config(), a.accountRoutes())
}

func (a *api) accountRoutes() []route {
	return []route{
		newRoute("GET", "/profile", model.SelfRead, a.getProfile),
		withClass(admission.ExpensiveReads, newRoute("GET", "/users", model.UsersRead, a.listUsers)),
		newRoute("POST", "/users", model.UsersInvite, a.createUser),
		newRoute("GET", "/roles", model.RolesRead, a.listRoles),
		newRoute("GET", "/users/{username}/public_keys", model.SelfRead, a.listKeys),
		newRoute("GET", "/users/{username}/public_keys.txt", model.SelfRead, a.listKeysAsText),
		newRoute("POST", "/users/{username}/public_keys", model.SelfWrite, a.addKey),
	}
}

func (a *api) projectRoutes() []route {
	assigned := withClass(admission.ExpensiveReads, newRoute("GET", "/{project}/assignments", model.SelfRead, a.listAssignees))
	// "/projects/assignments" is the list of a project named "projects".
	assigned.First = true
	return []route{
		withClass(admission.ExpensiveReads, newRoute("GET", "/projects", model.SelfRead, a.listProjects)),
		newRoute("GET", "/projects/{project}", model.SelfRead, a.getProject),
		newRoute("GET", "/{project}", model.SelfRead, a.getProject), // Codebase's path of a project
		assigned,
		newRoute("POST", "/{project}/assignments", model.ProjectsManage, a.setAssignees),
	}
}

type api struct {
	directory *directory.Directory
	log       *slog.Logger
	maxBody   int64
}

func newAPI(d *directory.Directory, c Config) *api {
	a := &api{directory: d, log: c.Log, maxBody: c.MaxBody}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	return a
}

// config accepts suffixes and trailing slashes as Rails does. ".txt" is not among the suffixes but
// part of a route, so that it is removed only where it is documented and never from a username.
func (a *api) config() web.APIConfig[model.Actor] {
	return web.APIConfig[model.Actor]{
		Name:         string(model.Codebase),
		Authenticate: authn.New(a.directory, model.Codebase, readClaim).Authenticate,
		Public:       string(model.Public), UserID: model.Actor.ImpersonatorID,
		WriteError:       a.writeError,
		NotFound:         notFound,
		MethodNotAllowed: methodNotAllowed,
		TrailingSlash:    true,
		Suffixes:         []string{xmlSuffix, jsonSuffix},
	}
}

type route = web.Endpoint[model.Actor]

func withClass(class admission.Class, r route) route {
	r.Class = web.Always(class)
	return r
}

func newRoute(method, path string, needs model.Permission,
	serve func(http.ResponseWriter, *http.Request, model.Actor) error) route {
	return route{Method: method, Path: path, Needs: string(needs), Serve: serve}
}
