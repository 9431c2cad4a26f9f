package app

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"roster.example/roster/internal/api/wekan"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// mount is an API with its addresses.
type mount struct {
	name   string
	prefix string // of all paths
	full   router // served below the prefix, on own host names and on an own address
	root   router // served at the shared root; nil for none
	// claims reports whether this API responds to an unknown path at the shared root, with an error
	// that its clients can parse; nil for none.
	claims  func(path string) bool
	hosts   []string
	listen  string
	enabled bool
}

// router is the handler of an API with its routes.
type router interface {
	http.Handler
	HasRoute(path string) bool
	Routes() []web.RouteInfo
}

// Routes lists all routes with the prefixes of their mounts, for the permission table.
func (a *App) Routes() []web.RouteInfo {
	var routes []web.RouteInfo
	for _, m := range a.mounts {
		for _, r := range m.full.Routes() {
			r.Path = m.prefix + r.Path
			routes = append(routes, r)
		}
	}
	return routes
}

// shared is the handler of the main listener. It looks for the API by host name, then by prefix,
// then at the root.
func (a *App) shared() http.Handler {
	byHost := map[string]http.Handler{}
	for _, m := range a.mounts {
		for _, host := range m.hosts {
			byHost[strings.TrimSuffix(strings.ToLower(host), ".")] = standalone(m)
		}
	}
	root := a.sharedRoot()
	if len(byHost) == 0 {
		return root
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if only, ok := byHost[hostOf(r)]; ok {
			only.ServeHTTP(w, r)
			return
		}
		root.ServeHTTP(w, r)
	})
}

func hostOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	return strings.TrimSuffix(strings.ToLower(host), ".") // DNS names may end with a dot
}

// standalone returns a handler of one API at the root and below its prefix.
func standalone(m mount) http.Handler {
	if !m.enabled {
		return http.HandlerFunc(notFound)
	}
	prefixed := web.StripPrefix(m.prefix, m.full)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.prefix != "" && hasPathPrefix(r.URL.Path, m.prefix) {
			prefixed.ServeHTTP(w, r)
			return
		}
		m.full.ServeHTTP(w, r)
	})
}

func hasPathPrefix(path, prefix string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || rest[0] == '/')
}

// sharedRoot returns a handler of all APIs. Their root paths do not conflict, except GET /api/user
// (see apiUserHandler).
func (a *App) sharedRoot() http.Handler {
	mounts := slices.DeleteFunc(slices.Clone(a.mounts), func(m mount) bool { return !m.enabled })
	prefixed := map[string]http.Handler{}
	for _, m := range mounts {
		if m.prefix != "" {
			prefixed[m.prefix[1:]] = web.StripPrefix(m.prefix, m.full)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if h, ok := prefixed[first]; ok {
			h.ServeHTTP(w, r)
			return
		}
		a.rootHandler(mounts, r).ServeHTTP(w, r)
	})
}

// rootHandler returns the API with the path. An unknown path belongs to the API with a similar
// prefix, so that its clients get an error that they can parse. Checking all mounts is 2 % of the
// processor time of a request, so they have no index.
func (a *App) rootHandler(mounts []mount, r *http.Request) http.Handler {
	var found http.Handler
	path := r.URL.EscapedPath()
	for i := range mounts {
		m := &mounts[i]
		switch {
		case m.root == nil || !m.root.HasRoute(path):
		case found != nil:
			return a.apiUserHandler(mounts, r)
		default:
			found = m.root
		}
	}
	switch {
	case found != nil:
		return found
	case strings.HasPrefix(path, "/api/v3/"):
		return mountRoot(mounts, string(model.GitLab))
	case strings.HasPrefix(path, "/api/v1/"):
		return mountRoot(mounts, string(model.Native))
	}
	for i := range mounts {
		if m := &mounts[i]; m.claims != nil && m.claims(r.URL.Path) {
			return m.root
		}
	}
	if wantsPage(r) {
		return mountRoot(mounts, string(model.Console))
	}
	return http.HandlerFunc(notFound)
}

func mountRoot(mounts []mount, name string) http.Handler {
	for _, m := range mounts {
		if m.name == name {
			return m.root
		}
	}
	return http.HandlerFunc(notFound)
}

// apiUserHandler returns the API that serves /api/user, which Wekan and pm415 both have: Wekan for a GET
// with a token of Wekan's login, otherwise pm415, the only one with a PUT.
func (a *App) apiUserHandler(mounts []mount, r *http.Request) http.Handler {
	api := model.PM415
	if (r.Method == http.MethodGet || r.Method == http.MethodHead) && wekan.HasSession(a.Directory, r) {
		api = model.Wekan
	}
	return mountRoot(mounts, string(api))
}

func notFound(w http.ResponseWriter, r *http.Request) { web.NotFound(w, r) }
