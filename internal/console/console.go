// Package console has the web pages: those of the links in emails, and a start page that lists
// the APIs.
//
// The server renders all pages; they work without JavaScript. Each page has a file of its own and a
// template of the same name. Layout, form components and texts are those of package ui. form.go
// reads forms and adds errors to them, errors.go turns all other errors into pages. The rules
// are those of the directory.
//
// # Links
//
// A one-time token arrives in the query of a GET, which changes nothing. The page has it in a hidden
// field of the form. The form is sent to a URL without a query, so that proxies do not log the token.
package console

import (
	"embed"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"roster.example/roster/internal/authn"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/web"
)

// Config is the configuration of the pages.
type Config struct {
	// BaseURL is the public URL of this server, such as https://people.example.org. A proxy
	// removes its path from requests.
	BaseURL string
	Site    string // name of this installation; empty means "Roster"
	APIs    []APIInfo
	Log     *slog.Logger // nil discards
	MaxBody int64        // bytes of a form; zero is web.DefaultBody
}

// APIInfo describes an API on the start page.
type APIInfo struct {
	Name    string // such as "GitLab v3"
	Prefix  string // of its paths: "/" and its model.API
	Enabled bool
	Root    string // paths that are also served without the prefix, as text; may be empty
}

// Console serves the pages.
type Console struct {
	router  *web.Router
	guarded http.Handler
}

// The paths of the pages. All are also served with a slash at the end, as in emails
// (docs/products/pm415.md, sections 5 and 6).
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
func newUI(site, root string) *ui.UI {
	return ui.New(ui.Config{
		Site: site, Root: root, Home: landingPath + "/", AssetPath: assetPath, PreferencesPath: preferencesPath,
	}, templates)
}

// New returns the pages of d, or an error if BaseURL is invalid.
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
		return nil, fmt.Errorf("base URL %q: write a URL such as https://people.example.org", c.BaseURL)
	}
	p := &pages{directory: d, Config: c, ui: newUI(c.Site, base.Path), root: strings.TrimRight(base.Path, "/"), secure: base.Scheme == "https"}
	router := web.NewRouter(p.apiConfig(), p.endpoints())
	guarded, err := web.CrossOriginProtection(router, http.HandlerFunc(p.crossOrigin), base.Scheme+"://"+base.Host)
	if err != nil {
		return nil, err
	}
	return &Console{router: router, guarded: withPageHeaders(guarded, base.Scheme)}, nil
}

// withPageHeaders sets the headers of pages, also of errors.
//
// Under no-referrer, browsers send forms with "Origin: null" (Fetch standard,
// "append a request Origin header"). With https they also send
// Sec-Fetch-Site, which shows that the form is of this site. With http they do not, and every
// form would be rejected, so there the policy is strict-origin.
func withPageHeaders(next http.Handler, scheme string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.SetPagePolicy(w)
		if scheme == "http" {
			w.Header().Set("Referrer-Policy", "strict-origin")
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP serves a request. Cross-origin forms get 403.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.guarded.ServeHTTP(w, r) }

// Routes lists all routes.
func (c *Console) Routes() []web.RouteInfo { return c.router.Routes() }

// HasRoute reports whether there is a page at the escaped path.
func (c *Console) HasRoute(path string) bool { return c.router.HasRoute(path) }

// pages has the handlers.
type pages struct {
	directory *directory.Directory
	Config
	ui     *ui.UI
	root   string // path of the base URL, without a slash at its end
	secure bool   // whether the base URL is https
}

func (p *pages) apiConfig() web.APIConfig[model.Actor] {
	return web.APIConfig[model.Actor]{
		Name: string(model.Console), Authenticate: authn.New(p.directory, model.Console, nil).Authenticate, Public: string(model.Public), UserID: model.Actor.ImpersonatorID, WriteError: p.fail,
		NotFound: p.notFound, MethodNotAllowed: p.wrongMethod, TrailingSlash: true,
	}
}

func (p *pages) endpoints() []web.Endpoint[model.Actor] {
	open := func(method, path string, serve func(http.ResponseWriter, *http.Request, model.Actor) error) web.Endpoint[model.Actor] {
		return web.Endpoint[model.Actor]{Method: method, Path: path, Needs: string(model.Public), Serve: serve}
	}
	return []web.Endpoint[model.Actor]{
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
