// Package console holds the pages for people: the ones that links in letters
// lead to, and a landing page that says what answers where.
//
// The server renders all pages; they work without JavaScript. Each page has a file of its own and a
// template of the same name. Layout, form components and texts are those of package ui. form.go
// reads forms and adds errors to them, errors.go turns all other errors into pages. All rules are
// the directory's.
//
// # Links
//
// A one-time token arrives in the query of a GET, which never changes anything,
// and leaves the page in a hidden field of the form. The form is sent to an
// address without query, so that the token stands in one log less.
package console

import (
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/web"
)

// Config is what the pages need to know of the installation.
type Config struct {
	// BaseURL is the public address of this server, such as
	// https://people.example.org. Its path, if it has one, is taken off by a proxy
	// before requests come here.
	BaseURL string
	Site    string // what this installation is called; empty is "Roster"
	APIs    []APIInfo
	Log     *slog.Logger // nil discards
	MaxBody int64        // bytes of a form; zero is web.DefaultBody
}

// APIInfo says where one API answers. Nothing of it is secret.
type APIInfo struct {
	Name    string // as people know it, such as "GitLab v3"
	Prefix  string // what its paths begin with: "/" and the word of its directory.API
	Enabled bool
	Root    string // the paths that answer without the prefix as well, for people; may be empty
}

// Console answers the pages.
type Console struct {
	router  *web.Router
	guarded http.Handler
}

// The paths, as the router knows them; all answer with a slash at the end too,
// which is how letters write them (docs/products/pm415.md, sections 5 and 6).
const (
	landingPath     = "/console"
	assetPath       = "/console/static/"
	preferencesPath = "/account/preferences"
	setupPath       = "/account/setup"
	invitePath      = "/account/invite"
	resetPath       = "/account/reset-password"
	verifyPath      = "/account/verify"
	revertPath      = "/account/revert-address"
)

//go:embed templates/*.html
var templates embed.FS

// newUI returns the layout with the templates of this package.
func newUI(site, root string) (*ui.UI, error) {
	pages, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, err
	}
	return ui.New(ui.Config{
		Site: site, Root: root, Home: landingPath + "/", AssetPath: assetPath, PreferencesPath: preferencesPath,
	}, pages)
}

// New builds the pages of d. An error means that the BaseURL cannot be read, or that a template is faulty.
func New(d *directory.Directory, c Config) (*Console, error) {
	if c.Site == "" {
		c.Site = "Roster"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("base URL %q: want an address such as https://people.example.org", c.BaseURL)
	}
	p := &pages{directory: d, Config: c, root: strings.TrimRight(base.Path, "/"), secure: base.Scheme == "https"}
	if p.ui, err = newUI(c.Site, base.Path); err != nil {
		return nil, err
	}
	router := web.NewRouter(p.apiConfig(), p.endpoints())
	guarded, err := web.CrossOriginProtection(router, http.HandlerFunc(p.crossOrigin), base.Scheme+"://"+base.Host)
	if err != nil {
		return nil, err
	}
	return &Console{router: router, guarded: withPageHeaders(guarded, base.Scheme)}, nil
}

// withPageHeaders sets the headers of pages, refusals included.
//
// Under no-referrer, browsers send forms with "Origin: null" (Fetch standard,
// "append a request Origin header"). Where pages come by https they also send
// Sec-Fetch-Site, which tells that the form is ours. By plain http they do not,
// and every form would be refused: there the origin is sent, and it alone.
func withPageHeaders(next http.Handler, scheme string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.SetPagePolicy(w)
		if scheme == "http" {
			w.Header().Set("Referrer-Policy", "strict-origin")
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP answers one request. Forms that a page of another site sends are
// refused with 403.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.guarded.ServeHTTP(w, r) }

// Routes lists all routes.
func (c *Console) Routes() []web.RouteInfo { return c.router.Routes() }

// Knows reports whether a page answers at path, in its escaped form.
func (c *Console) HasRoute(path string) bool { return c.router.HasRoute(path) }

// pages are the handlers with all that they need.
type pages struct {
	directory *directory.Directory
	Config
	ui     *ui.UI
	root   string // path of the base URL, without a slash at its end
	secure bool   // whether the base URL is https
}

func (p *pages) apiConfig() web.APIConfig[directory.Actor] {
	return web.APIConfig[directory.Actor]{
		Name: string(directory.Console), Authenticate: p.authorize, Public: string(directory.Public), UserID: directory.Actor.ImpersonatorID, WriteError: p.fail,
		NotFound: p.notFound, MethodNotAllowed: p.wrongMethod, TrailingSlash: true,
	}
}

func (p *pages) endpoints() []web.Endpoint[directory.Actor] {
	open := func(method, path string, serve func(http.ResponseWriter, *http.Request, directory.Actor) error) web.Endpoint[directory.Actor] {
		return web.Endpoint[directory.Actor]{Method: method, Path: path, Needs: string(directory.Public), Serve: serve}
	}
	return []web.Endpoint[directory.Actor]{
		open("GET", "/", p.toLanding),
		open("GET", landingPath, p.showLanding),
		open("GET", assetPath+"{file}", p.showAsset),
		open("POST", preferencesPath, p.setPreferences),
		open("GET", setupPath, p.showSetup),
		open("POST", setupPath, p.completeSetup),
		open("GET", invitePath, p.showInvitation),
		open("POST", invitePath, p.answerInvitation),
		open("GET", resetPath, p.showReset),
		open("POST", resetPath, p.resetPassword),
		open("GET", verifyPath, p.showVerify),
		open("POST", verifyPath, p.verify),
		open("GET", revertPath, p.showRevert),
		open("POST", revertPath, p.revertAddress),
	}
}

func (p *pages) authorize(r *http.Request, needs string) (directory.Actor, error) {
	who := directory.AnonymousActor(directory.Console, web.ClientAddr(r).String(), r.UserAgent())
	return who, p.directory.Require(r.Context(), who, directory.Permission(needs))
}
