package app

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"roster.example/roster/internal/api/wekan"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// A mount is one API with the places where it answers.
type mount struct {
	name   string
	prefix string // always
	full   router // below the prefix, on its own hosts and its own address
	root   router // at the shared root; nil for none
	// claims reports whether an unknown path at the shared root is answered by this
	// API, so that its clients get an error they can read; nil for none.
	claims  func(path string) bool
	hosts   []string
	listen  string
	enabled bool
}

// router answers for one API and knows its paths.
type router interface {
	http.Handler
	HasRoute(path string) bool
	Routes() []web.RouteInfo
}

// Routes lists every route of the program with the prefix of its door, for the
// permission table.
func (a *App) Routes() []web.RouteInfo {
	var routes []web.RouteInfo
	for _, d := range a.mounts {
		for _, r := range d.full.Routes() {
			r.Path = d.prefix + r.Path
			routes = append(routes, r)
		}
	}
	return routes
}

// shared answers on the main listener: an API's own host names first, then
// prefixes, then the root.
func (a *App) shared() http.Handler {
	byHost := map[string]http.Handler{}
	for _, d := range a.mounts {
		for _, host := range d.hosts {
			byHost[strings.TrimSuffix(strings.ToLower(host), ".")] = standalone(d)
		}
	}
	everything := a.sharedRoot()
	if len(byHost) == 0 {
		return everything
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if only, ok := byHost[hostOf(r)]; ok {
			only.ServeHTTP(w, r)
			return
		}
		everything.ServeHTTP(w, r)
	})
}

func hostOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	return strings.TrimSuffix(strings.ToLower(host), ".") // the root label, which DNS names may end in
}

// standalone is one API by itself: at the root, and below its prefix as everywhere.
func standalone(d mount) http.Handler {
	if !d.enabled {
		return http.HandlerFunc(notFound)
	}
	prefixed := web.StripPrefix(d.prefix, d.full)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.prefix != "" && hasPathPrefix(r.URL.Path, d.prefix) {
			prefixed.ServeHTTP(w, r)
			return
		}
		d.full.ServeHTTP(w, r)
	})
}

func hasPathPrefix(path, prefix string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || rest[0] == '/')
}

// sharedRoot is all APIs together. Their root paths do not clash but for GET
// /api/user, which a credential decides (see ownUser).
func (a *App) sharedRoot() http.Handler {
	doors := slices.DeleteFunc(slices.Clone(a.mounts), func(d mount) bool { return !d.enabled })
	near := newPrefixIndex(doors)
	prefixed := map[string]http.Handler{}
	for _, d := range doors {
		if d.prefix != "" {
			prefixed[d.prefix[1:]] = web.StripPrefix(d.prefix, d.full)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if h, ok := prefixed[first]; ok {
			h.ServeHTTP(w, r)
			return
		}
		a.rootHandler(doors, near.lookup(r.URL), r).ServeHTTP(w, r)
	})
}

// rootHandler finds the API that has the path. A path of nobody belongs to the API
// whose paths begin alike, so that its clients get an error they can read. asked
// are those of the doors that may have it; nil means any.
func (a *App) rootHandler(doors, asked []mount, r *http.Request) http.Handler {
	if asked == nil {
		asked = doors
	}
	var found http.Handler
	path := r.URL.EscapedPath()
	for i := range asked {
		d := &asked[i]
		switch {
		case d.root == nil || !d.root.HasRoute(path):
		case found != nil:
			return a.apiUserHandler(doors, r)
		default:
			found = d.root
		}
	}
	switch {
	case found != nil:
		return found
	case strings.HasPrefix(path, "/api/v3/"):
		return mountRoot(doors, string(directory.GitLab))
	case strings.HasPrefix(path, "/api/v1/"):
		return mountRoot(doors, string(directory.Native))
	}
	for i := range doors {
		if d := &doors[i]; d.claims != nil && d.claims(r.URL.Path) {
			return d.root
		}
	}
	return http.HandlerFunc(notFound)
}

func mountRoot(doors []mount, name string) http.Handler {
	for _, d := range doors {
		if d.name == name {
			return d.root
		}
	}
	return http.HandlerFunc(notFound)
}

// apiUserHandler decides GET /api/user between Wekan and pm415: a token from Wekan's
// login gets Wekan's shape, everything else pm415's. Only pm415 has a PUT.
func (a *App) apiUserHandler(doors []mount, r *http.Request) http.Handler {
	api := directory.PM415
	if (r.Method == http.MethodGet || r.Method == http.MethodHead) && wekan.HasSession(a.Directory, r) {
		api = directory.Wekan
	}
	return mountRoot(doors, string(api))
}

func notFound(w http.ResponseWriter, r *http.Request) { web.NotFound(w, r) }
