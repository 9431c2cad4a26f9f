package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"roster.example/roster/internal/admission"
)

// Endpoint is one route of an API and its handler. A is the type of an authenticated caller. A
// public endpoint has the public permission of its API in Needs.
type Endpoint[A any] struct {
	Method string // "GET" serves HEAD as well
	Path   string // in the wildcard form of net/http.ServeMux, without prefix: "/api/users/{id}"
	Needs  string // the required permission; never empty
	Serve  func(w http.ResponseWriter, r *http.Request, caller A) error
	// First gives this route precedence over other routes that match the same path, so that
	// "switch/{id}" and "{id}/invite" can be in one table.
	First bool
	// Class returns the admission class of a request; nil means admission.Ordinary.
	// See [Always] and [WithQuery].
	Class func(r *http.Request) admission.Class
}

// APIConfig is the behaviour of one API outside of its endpoints.
type APIConfig[A any] struct {
	// Name is the name of the API in the log and in RouteInfo.
	Name string
	// Authenticate returns the caller of the request, or an error if the caller lacks the
	// permission needs of the route. It runs before the endpoint.
	Authenticate func(r *http.Request, needs string) (A, error)
	// Public is the Needs of public routes, whose bodies are limited by BodyLimits.Public. Empty
	// means that there are none.
	Public string
	// UserID returns the id of the user behind a caller, 0 for an anonymous caller. Limits are
	// counted by it, and by address for anonymous callers. nil means that all callers are
	// anonymous.
	UserID func(caller A) int64
	// WriteError writes every error of Authenticate and of endpoints, *Error included.
	WriteError func(w http.ResponseWriter, r *http.Request, err error)
	// NotFound answers paths without an endpoint.
	NotFound func(w http.ResponseWriter, r *http.Request)
	// MethodNotAllowed answers a path that has an endpoint for other methods only. The header Allow
	// is already set.
	MethodNotAllowed func(w http.ResponseWriter, r *http.Request)
	// TrailingSlash makes "/x/" match "/x".
	TrailingSlash bool
	// Query says what repeated parameters in the query and in forms mean.
	Query QueryRule
	// Suffixes, such as ".json", are removed from the end of the path before it is matched. Suffix
	// returns the removed one.
	Suffixes []string
}

// RouteInfo describes one route, for tests and documents.
type RouteInfo struct {
	API, Method, Path, Needs string
}

// Router dispatches requests to the endpoints of one API.
type Router struct {
	priority         routeTree // the routes with First
	normal           routeTree
	routes           []RouteInfo
	methods          []string // of all routes, sorted
	api              string
	trailingSlash    bool
	queryRule        QueryRule
	suffixes         []string
	notFound         http.HandlerFunc
	methodNotAllowed http.HandlerFunc
}

// NewRouter builds the router of one API. It panics if two routes conflict, a route has no
// permission, or the configuration lacks a required function, so that a program with such a table
// does not start.
func NewRouter[A any](d APIConfig[A], endpoints []Endpoint[A]) *Router {
	if d.Authenticate == nil || d.WriteError == nil || d.NotFound == nil || d.MethodNotAllowed == nil {
		panic(fmt.Sprintf("web: the config of API %q lacks Authenticate, WriteError, NotFound or MethodNotAllowed", d.Name))
	}
	rt := &Router{
		api: d.Name, trailingSlash: d.TrailingSlash, queryRule: d.Query, suffixes: d.Suffixes, notFound: d.NotFound, methodNotAllowed: d.MethodNotAllowed,
	}
	// These two serve no requests. They panic if patterns conflict or are malformed.
	first, others := http.NewServeMux(), http.NewServeMux()
	for _, e := range endpoints {
		checkEndpoint(d.Name, e)
		judge, tree := others, &rt.normal
		if e.First {
			judge, tree = first, &rt.priority
		}
		handler := endpointHandler(d, e)
		judge.Handle(e.Method+" "+muxPath(e.Path), handler)
		tree.add(newTableRoute(e.Method, e.Path, handler))
		rt.routes = append(rt.routes, RouteInfo{d.Name, e.Method, e.Path, e.Needs})
		if !slices.Contains(rt.methods, e.Method) {
			rt.methods = append(rt.methods, e.Method)
		}
	}
	slices.Sort(rt.methods)
	return rt
}

func checkEndpoint[A any](api string, e Endpoint[A]) {
	fault := ""
	switch {
	case e.Needs == "":
		fault = "declares no permission"
	case e.Serve == nil:
		fault = "has no Serve"
	case e.Method == "" || strings.ToUpper(e.Method) != e.Method:
		fault = "needs a method in upper case"
	case !strings.HasPrefix(e.Path, "/"):
		fault = "needs a path that begins with a slash"
	case e.Path != "/" && strings.HasSuffix(e.Path, "/"), strings.Contains(e.Path, "...}"), strings.Contains(e.Path, "{$}"):
		// ServeMux would redirect to such a path, and clients of the products do not
		// expect redirects.
		fault = "must not match a whole subtree"
	}
	if fault != "" {
		panic(fmt.Sprintf("web: route %s %s %s %s", api, e.Method, e.Path, fault))
	}
}

// muxPath writes the root so that ServeMux does not match every path.
func muxPath(path string) string {
	if path == "/" {
		return "/{$}"
	}
	return path
}

func endpointHandler[A any](d APIConfig[A], e Endpoint[A]) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x := infoOf(r)
		x.route = e.Path
		if r.Method == http.MethodHead {
			w = headWriter{w}
		}
		r, err := parseRequestQuery(r, d.Query)
		if err == nil {
			err = authenticateAndServe(w, r, d, e)
		}
		if err != nil {
			x.err = err
			setErrorRetryAfter(w, err)
			d.WriteError(w, r, err)
		}
	}
}

// authenticateAndServe authenticates the caller of r and runs the endpoint.
func authenticateAndServe[A any](w http.ResponseWriter, r *http.Request, d APIConfig[A], e Endpoint[A]) error {
	caller, err := d.Authenticate(r, e.Needs)
	if err != nil {
		return err
	}
	if d.Public == "" || e.Needs != d.Public {
		LiftPublicLimit(r, userID(d, caller))
	}
	return serveAdmitted(d, e, w, r, caller)
}

// Routes returns all routes in the order of the table.
func (rt *Router) Routes() []RouteInfo { return slices.Clone(rt.routes) }

// HasRoute reports whether an endpoint matches path for some method. path is escaped as by
// URL.EscapedPath.
func (rt *Router) HasRoute(path string) bool {
	plain := path
	if strings.Contains(path, "%") {
		var err error
		if plain, err = url.PathUnescape(path); err != nil {
			return false
		}
	}
	asked := urlPath{plain, path}
	at, _ := rt.trim(asked)
	var room [inlineValues]string
	row, _ := rt.find("", at, room[:0])
	return row != nil && asked.clean()
}

// inlineValues is the number of wildcards that need no allocation.
const inlineValues = 4

// find returns the route for method ("" for any) and the values of its wildcards, appended to
// values.
func (rt *Router) find(method string, at urlPath, values []string) (*tableRoute, []string) {
	path := strings.TrimPrefix(at.escaped, "/")
	if row, found := rt.priority.find(method, path, values); row != nil {
		return row, found
	}
	return rt.normal.find(method, path, values)
}

// ServeHTTP dispatches the request to its endpoint, or to NotFound or MethodNotAllowed of the API.
// It never redirects.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r, x := withInfo(r)
	x.api, x.rule, x.query = rt.api, rt.queryRule, nil
	at := pathOf(r.URL)
	if !at.clean() || r.RequestURI == "*" {
		rt.notFound(w, r)
		return
	}
	at, x.suffix = rt.trim(at)
	if at.decoded != r.URL.Path {
		r = withURL(r, withPath(r.URL, at))
	}
	var room [inlineValues]string
	row, values := rt.find(r.Method, at, room[:0])
	if row == nil {
		rt.unmatched(w, r, at)
		return
	}
	for i, name := range row.names {
		r.SetPathValue(name, values[i])
	}
	row.serve(w, r)
}

// unmatched answers a request that no route matches.
func (rt *Router) unmatched(w http.ResponseWriter, r *http.Request, at urlPath) {
	methods, route := rt.allowed(at)
	if len(methods) == 0 {
		rt.notFound(w, r)
		return
	}
	infoOf(r).route = route
	w.Header().Set("Allow", strings.Join(methods, ", "))
	rt.methodNotAllowed(w, r)
}

// allowed returns the methods for the path at, and the path pattern of one of their routes.
func (rt *Router) allowed(at urlPath) (methods []string, route string) {
	for _, method := range rt.methods {
		row, _ := rt.find(method, at, nil)
		if row == nil {
			continue
		}
		route = row.path
		methods = append(methods, method)
		if method == http.MethodGet && !slices.Contains(rt.methods, http.MethodHead) {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	return methods, route
}

// headWriter discards the body of a response to HEAD (RFC 9110, 9.3.2).
type headWriter struct{ http.ResponseWriter }

func (h headWriter) Write(b []byte) (int, error) { return len(b), nil }
func (h headWriter) Unwrap() http.ResponseWriter { return h.ResponseWriter }
