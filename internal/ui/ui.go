package ui

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"roster.example/roster/internal/web"
)

// Config is what all pages have in common.
type Config struct {
	Site      string // name of this installation; empty is "Roster"
	Root      string // path of the server's public address, for links: "" or such as "/roster"
	Home      string // path below Root to which the name of the site links
	AssetPath string // path below Root of the files for ServeAsset, with a slash at its end
	// PreferencesPath is the path below Root that calls SetPreferences with the fields "theme" and
	// "language" of a form, and leads back to the field "return_to".
	PreferencesPath string
	// Expired has the keys of the texts about an expired link, by the path of its page.
	Expired map[string]string
	Log     *slog.Logger     // nil discards
	Now     func() time.Time // nil is time.Now
	// Hue is the accent colour as an angle of CSS's oklch(), in degrees; 0 is the design's own blue.
	// The lightness of colours is fixed, so that each hue has enough contrast.
	Hue int
	// Logo is an SVG or PNG picture that replaces Roster's logo; see [CheckLogo]. Nil means Roster's.
	Logo []byte
}

// UI renders pages. It is safe for concurrent use.
type UI struct {
	config    Config
	assets    func() map[string]asset
	icons     func() map[string]template.HTML
	messages  []func() *Messages                              // in the order of Languages
	templates []map[string]func() (*template.Template, error) // in the order of Languages, by the page's name
}

// Page is the content of one response.
type Page struct {
	Title string // translated
	Form  *Form  // nil on pages without a form that can be rejected
	Wide  bool   // for pages with a table
	Frame *Frame // nil for pages without navigation
	Lead  string // sentence below the title; may be empty
	Done  string // what the request before has done, translated; empty for none
	Undo  *Form  // undoes what Done says; nil for nothing to undo
	Body  any    // for the page's own template
	// Fragment is the name of the part that the page's template defines as "fragment". A request with
	// this name in the header Roster-Fragment gets that part alone.
	Fragment string
}

//go:embed templates
var layoutFiles embed.FS

// New returns the pages in some folders: each templates/*.html of a folder is a page whose name is the
// file's without its extension. A page is parsed when it is shown first, so that neither the start of
// the server nor a command waits for it.
func New(c Config, folders ...fs.FS) *UI {
	c.Site, c.Root = cmp.Or(c.Site, "Roster"), strings.TrimRight(c.Root, "/")
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	u := &UI{config: c}
	u.assets = sync.OnceValue(func() map[string]asset { return readAssets(c) })
	u.icons = sync.OnceValue(func() map[string]template.HTML { return mustRead(readIcons(u.assets()["icons.svg"].body)) })
	for _, l := range Languages {
		messages := sync.OnceValue(func() *Messages { return mustRead(readMessages(l)) })
		u.messages = append(u.messages, messages)
		u.templates = append(u.templates, u.pages(messages, folders))
	}
	return u
}

// mustRead panics on an error of a file that is embedded in the program.
func mustRead[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// pages returns the parsers of all pages with the texts of one language, by name.
func (u *UI) pages(m func() *Messages, folders []fs.FS) map[string]func() (*template.Template, error) {
	base := sync.OnceValues(func() (*template.Template, error) {
		return template.New("plain.html").Option("missingkey=error").Funcs(u.functions(m())).
			ParseFS(layoutFiles, "templates/layout/*.html", "templates/component/*.html")
	})
	parsers := map[string]func() (*template.Template, error){}
	add := func(folder fs.FS, pattern string) {
		for _, file := range mustRead(fs.Glob(folder, pattern)) {
			name := strings.TrimSuffix(path.Base(file), ".html")
			if parsers[name] != nil {
				panic("ui: two pages have the name " + name)
			}
			parsers[name] = sync.OnceValues(func() (*template.Template, error) { return parsePage(base, folder, file) })
		}
	}
	add(layoutFiles, "templates/page/*.html")
	for _, folder := range folders {
		add(folder, "templates/*.html")
	}
	return parsers
}

// parsePage parses one page on top of a copy of base.
func parsePage(base func() (*template.Template, error), folder fs.FS, file string) (*template.Template, error) {
	layout, err := base()
	if err != nil {
		return nil, err
	}
	page, err := layout.Clone()
	if err != nil {
		return nil, err
	}
	if page, err = page.ParseFS(folder, file); err != nil {
		return nil, fmt.Errorf("page %s: %w", file, err)
	}
	return page, nil
}

// functions are those that templates call.
func (u *UI) functions(m *Messages) template.FuncMap {
	return template.FuncMap{
		"asset": u.assetURL,
		"logo":  u.logoURL,
		"icon":  u.icon,
		"msg":   m.Lookup,
		"count": m.Count,
		"num":   m.Number,
		"url":   func(path string) string { return u.config.Root + path },
		"when":  m.when,

		"form":           func(f *Form) Page { return Page{Form: f} }, // for a page with several forms
		"homeURL":        func() string { return u.config.Root + u.config.Home },
		"preferencesURL": func() string { return u.config.Root + u.config.PreferencesPath },
	}
}

// view is what a layout gets.
type view struct {
	Page
	Site, Home string
	Branded    bool
	Language   Language
	Languages  []Language
	Theme      string
	Themes     []string
	TimeZone   string // of the reader; empty if it is not known
	ReturnTo   string // path of this page below Root, for the form of preferences
}

// MessagesFor returns the texts in the language that the request asks for.
func (u *UI) MessagesFor(r *http.Request) *Messages { return u.messages[preferencesOf(r).language]() }

// returnTo returns the address of the page that the request shows. The response to a form has no
// address of its own, and the page of an error does not repeat what was wrong.
func (u *UI) returnTo(r *http.Request, status int) string {
	if r.Method == http.MethodGet && status == http.StatusOK {
		return r.URL.RequestURI()
	}
	return u.config.Home
}

// fragmentHeader names the part of a page that a script requests.
const fragmentHeader = "Roster-Fragment"

// Write renders the whole page before it writes the first byte, so that a fault in a template becomes
// an error in place of half a page.
func (u *UI) Write(w http.ResponseWriter, r *http.Request, status int, name string, p Page) error {
	wanted := preferencesOf(r)
	parsed, ok := u.templates[wanted.language][name]
	if !ok {
		return errNo("page", name)
	}
	t, err := parsed()
	if err != nil {
		return err
	}
	layout := "plain.html"
	if p.Frame != nil {
		layout = "app.html"
	}
	if p.Fragment != "" {
		w.Header().Add("Vary", fragmentHeader)
		if r.Header.Get(fragmentHeader) == p.Fragment {
			layout = "fragment"
		}
	}
	var out bytes.Buffer
	err = t.ExecuteTemplate(&out, layout, view{
		Page: p, Site: u.config.Site, Home: u.config.Root + u.config.Home, Branded: u.config.Hue != 0,
		Language: Languages[wanted.language], Languages: Languages, Theme: wanted.theme, Themes: themes, TimeZone: zoneName(readerOf(r).Zone),
		ReturnTo: u.returnTo(r, status),
	})
	if err != nil {
		return fmt.Errorf("page %q: %w", name, err)
	}
	// The same address gives another page for another language or theme.
	w.Header().Add("Vary", "Accept-Language, Cookie")
	page := u.messages[wanted.language]().showTimes(out.Bytes(), u.config.Now(), ZoneOf(r))
	web.WriteBody(w, status, "text/html; charset=utf-8", page)
	return nil
}
