package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"roster.example/roster/internal/admission"
)

// An Endpoint answers one method and path for a caller of type A who was
// admitted before. An endpoint that is open to everybody says so in Needs too,
// with whatever word its API uses for that.
type Endpoint[A any] struct {
	Method string // "GET" serves HEAD as well
	Path   string // in the wildcard form of net/http.ServeMux, without prefix: "/api/users/{id}"
	Needs  string // the permission that Admit is asked for; never empty
	Serve  func(w http.ResponseWriter, r *http.Request, caller A) error
	// First lets this row win where its path overlaps with another row's, so
	// that "switch/{id}" can stand beside "{id}/invite".
	First bool
	// Class returns the admission class of a request; nil means admission.Ordinary.
	// See [Always] and [WithQuery].
	Class func(r *http.Request) admission.Class
}

// A Dialect says how one API speaks outside of its endpoints.
type APIConfig[A any] struct {
	// Name is the word for this API in the log and in RouteInfo.
	Name string
	// Admit finds the credential in the request and judges it, and the
	// permission that the route declared, before the endpoint runs.
	Authenticate func(r *http.Request, needs string) (A, error)
	// Open is the word in Needs of routes that are open to everybody: their bodies
	// are small. Empty means that there are none.
	Public string
	// UserID returns the number of the user behind a caller, by which admission
	// counts requests; 0 for anonymous callers, which count by their address. nil
	// means that all callers are anonymous.
	UserID func(caller A) int64
	// Fail answers every error, of Admit and of endpoints, *Error included.
	WriteError func(w http.ResponseWriter, r *http.Request, err error)
	// NotFound answers paths that no endpoint has.
	NotFound func(w http.ResponseWriter, r *http.Request)
	// WrongMethod answers known paths with a method they do not have. The
	// header Allow is set already.
	MethodNotAllowed func(w http.ResponseWriter, r *http.Request)
	// TrailingSlash lets "/x/" answer as "/x".
	TrailingSlash bool
	// Query says what repeated parameters mean, in the query and in forms.
	Query QueryRule
	// Suffixes, such as ".json", are cut from the end of the path before an
	// endpoint is looked for. Suffix tells the endpoint which one it was.
	Suffixes []string
}

// RouteInfo describes one route, for tests and documents that list them all.
type RouteInfo struct {
	API, Method, Path, Needs string
}

// A Router leads requests to the endpoints of one API.
type Router struct {
	priority         routeTree // the rows that say First
	normal           routeTree
	routes           []RouteInfo
	methods          []string // those that occur, sorted
	api              string
	trailingSlash    bool
	queryRule        QueryRule
	suffixes         []string
	notFound         http.HandlerFunc
	methodNotAllowed http.HandlerFunc
}

// NewRouter builds the router of one API. It panics when the table is wrong,
// so that a program with a faulty table does not start: two routes clash, a
// route declares no permission, or the dialect lacks one of its answers.
func NewRouter[A any](d APIConfig[A], endpoints []Endpoint[A]) *Router {
	if d.Authenticate == nil || d.WriteError == nil || d.NotFound == nil || d.MethodNotAllowed == nil {
		panic(fmt.Sprintf("web: dialect %q lacks Admit, Fail, NotFound or WrongMethod", d.Name))
	}
	rt := &Router{
		api: d.Name, trailingSlash: d.TrailingSlash, queryRule: d.Query, suffixes: d.Suffixes, notFound: d.NotFound, methodNotAllowed: d.MethodNotAllowed,
	}
	// Nobody asks these two: they panic at rows that clash, or cannot be read.
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
		fault = "needs a method in capital letters"
	case !strings.HasPrefix(e.Path, "/"):
		fault = "needs a path that begins with a slash"
	case e.Path != "/" && strings.HasSuffix(e.Path, "/"), strings.Contains(e.Path, "...}"), strings.Contains(e.Path, "{$}"):
		// ServeMux would redirect to such a path from its neighbour, and
		// clients of the imitated APIs do not expect redirects.
		fault = "may not stand for a whole subtree"
	}
	if fault != "" {
		panic(fmt.Sprintf("web: route %s %s %s %s", api, e.Method, e.Path, fault))
	}
}

// muxPath writes the root so that ServeMux does not take it for everything.
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

// serve admits the caller of r and runs the endpoint.
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

// Routes lists all routes in the order of the table.
func (rt *Router) Routes() []RouteInfo { return slices.Clone(rt.routes) }

// Knows reports whether some method answers at path, which is in the escaped
// form that URL.EscapedPath gives.
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

// usualValues is for how many wildcards there is room without allocating.
const inlineValues = 4

// find returns the row that answers method, "" for any, and the values of its
// wildcards, appended to values.
func (rt *Router) find(method string, at urlPath, values []string) (*tableRoute, []string) {
	path := strings.TrimPrefix(at.escaped, "/")
	if row, found := rt.priority.find(method, path, values); row != nil {
		return row, found
	}
	return rt.normal.find(method, path, values)
}

// ServeHTTP leads the request to its endpoint, or to the dialect's answer for
// paths and methods it does not have. It never redirects.
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

// unmatched answers what no endpoint took.
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

// allowed returns the methods that answer at a place, and one path pattern of
// them.
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

// headWriter drops the body, which HEAD must not have (RFC 9110, 9.3.2).
type headWriter struct{ http.ResponseWriter }

func (h headWriter) Write(b []byte) (int, error) { return len(b), nil }
func (h headWriter) Unwrap() http.ResponseWriter { return h.ResponseWriter }
