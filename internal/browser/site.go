package browser

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/web"
)

// The paths that pages of several packages link to. All pages are also served with a slash at the end.
const (
	StartPath       = "/console"
	LoginPath       = "/login"
	LogoutPath      = "/logout"
	ForgotPath      = "/forgot"
	RegisterPath    = "/register"
	AccountPath     = "/account"
	EnrolPath       = "/account/security/second-factor"
	PreferencesPath = "/account/preferences"
	assetPath       = "/console/static/"
)

// Config is the configuration of the pages.
type Config struct {
	// BaseURL is the public URL of this server, such as https://people.example.org. A proxy
	// removes its path from requests.
	BaseURL string
	Name    string            // of this installation; empty means "Roster"
	Log     *slog.Logger      // nil discards
	MaxBody int64             // bytes of a form; zero is no limit besides that of the middleware
	Expired map[string]string // see [ui.Config]
	Hue     int               // see [ui.Config]
	Logo    []byte            // see [ui.Config]
	// ForwardDomain is the parent domain of applications behind forward authentication. Signing in
	// also sets a cookie for its hosts, and the sign-in page leads back to them. Empty is none.
	ForwardDomain string
	Now           func() time.Time // nil is time.Now
}

// Site is what the handlers of all pages use.
type Site struct {
	Directory *directory.Directory
	UI        *ui.UI
	Log       *slog.Logger
	BaseURL   string // without a slash at its end
	Name      string // of this installation
	Now       func() time.Time
	maxBody   int64
	base      *url.URL
	forward   string // see [Config.ForwardDomain]
}

// Endpoint is one page, or one form of a page.
type Endpoint = web.Endpoint[model.Actor]

// NewSite returns the site of d, with the templates in folders. It returns an error if BaseURL is
// invalid.
func NewSite(d *directory.Directory, c Config, folders ...fs.FS) (*Site, error) {
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("base URL %q: write a URL such as https://people.example.org", c.BaseURL)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Name == "" {
		c.Name = "Roster"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Site{
		Directory: d, Log: c.Log, Now: c.Now, BaseURL: c.BaseURL, Name: c.Name, maxBody: c.MaxBody, base: base, forward: strings.ToLower(c.ForwardDomain),
		UI: ui.New(ui.Config{
			Site: c.Name, Root: base.Path, Home: StartPath + "/", AssetPath: assetPath, PreferencesPath: PreferencesPath,
			Expired: c.Expired, Log: c.Log, Now: c.Now, Hue: c.Hue, Logo: c.Logo,
		}, folders...),
	}, nil
}

// ReadLogo returns the picture in a file for [Config.Logo], or nil if file is empty.
func ReadLogo(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	logo, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return logo, ui.CheckLogo(logo)
}

// Pages serves the pages of a site.
type Pages struct {
	site      *Site
	router    *web.Router
	protected http.Handler
}

// Pages returns the handler of the endpoints of all packages of pages.
func (s *Site) Pages(groups ...[]Endpoint) (*Pages, error) {
	router := web.NewRouter(s.apiConfig(), slices.Concat(s.endpoints(), slices.Concat(groups...)))
	protected, err := web.CrossOriginProtection(router, http.HandlerFunc(s.UI.WriteCrossOrigin), s.base.Scheme+"://"+s.base.Host)
	if err != nil {
		return nil, err
	}
	return &Pages{site: s, router: router, protected: protected}, nil
}

func (s *Site) apiConfig() web.APIConfig[model.Actor] {
	return web.APIConfig[model.Actor]{
		Name: string(model.Console), Authenticate: s.authenticate, Public: string(model.Public), UserID: model.Actor.ImpersonatorID,
		WriteError: s.writeError, NotFound: s.UI.WriteNotFound, MethodNotAllowed: s.UI.WriteMethodNotAllowed, TrailingSlash: true,
	}
}

// Open returns an endpoint that needs no session. Its handler gets an anonymous actor, also if the
// browser has a session; see [Site.Actor].
func Open(method, path string, serve func(http.ResponseWriter, *http.Request, model.Actor) error) Endpoint {
	return Endpoint{Method: method, Path: path, Needs: string(model.Public), Serve: serve}
}

// endpoints are those that belong to all pages.
func (s *Site) endpoints() []Endpoint {
	return []Endpoint{
		Open("GET", assetPath+"{file}", s.showAsset),
		Open("POST", PreferencesPath, s.setPreferences),
	}
}

// ServeHTTP serves a request. Forms that a page of another site sent get 403.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.site.setHeaders(w)
	web.SetPanicResponse(r, p.site.writePanic)
	r = ui.WithReader(r)
	p.protected.ServeHTTP(w, r)
}

// Routes lists all routes.
func (p *Pages) Routes() []web.RouteInfo { return p.router.Routes() }

// HasRoute reports whether there is a page at the escaped path.
func (p *Pages) HasRoute(path string) bool { return p.router.HasRoute(path) }

// Claims reports whether an unknown path is below one of the pages, so that a browser gets a page
// about it.
func Claims(path string) bool {
	for _, page := range []string{StartPath, LoginPath, LogoutPath, ForgotPath, RegisterPath, AccountPath} {
		if rest, below := strings.CutPrefix(path, page); below && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// setHeaders sets the headers of pages, also of errors.
//
// Under no-referrer, browsers send forms with "Origin: null" (Fetch standard,
// "append a request Origin header"). With https they also send Sec-Fetch-Site, which shows that the
// form is of this site. With http they do not, and every form would be rejected, so there the policy
// is strict-origin.
func (s *Site) setHeaders(w http.ResponseWriter) {
	web.SetPagePolicy(w)
	if !s.secure() {
		w.Header().Set("Referrer-Policy", "strict-origin")
	}
}

// secure reports whether the public URL is https.
func (s *Site) secure() bool { return s.base.Scheme == "https" }
