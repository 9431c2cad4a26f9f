package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"slices"
	"strings"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

//go:embed templates/*.html style.css icon.svg
var files embed.FS

// layout is everything that pages have in common.
type layout struct {
	site        string
	root        string // path before ours, for links: "" or such as "/roster"
	style, icon asset
	templates   map[string]*template.Template
}

// asset is a file that pages need. Its name holds its hash, so that browsers may
// keep it for ever.
type asset struct {
	Name string
	kind string
	body []byte
}

// newAsset reads an embedded file such as style.css, to be served as kind.
func newAsset(file, kind string) asset {
	body, err := files.ReadFile(file)
	if err != nil {
		panic(err) // embedded above
	}
	sum := sha256.Sum256(body)
	base, ending, _ := strings.Cut(file, ".")
	return asset{Name: base + "." + hex.EncodeToString(sum[:8]) + "." + ending, kind: kind, body: body}
}

// page is one answer for people.
type page struct {
	Title string
	Form  *form // nil on pages without one
	Body  any   // what its own template shows
}

// newLayout parses all templates. It panics when one is faulty, so that a program
// with such a page does not start.
func newLayout(site, root string) *layout {
	return &layout{
		site: site, root: strings.TrimRight(root, "/"), templates: parseTemplates(),
		style: newAsset("style.css", "text/css; charset=utf-8"), icon: newAsset("icon.svg", "image/svg+xml"),
	}
}

func parseTemplates() map[string]*template.Template {
	// Every page is made of these and a file of its own.
	frame := []string{"templates/layout.html", "templates/form.html"}
	common := template.Must(template.New("layout.html").Option("missingkey=error").ParseFS(files, frame...))
	entries, err := files.ReadDir("templates")
	if err != nil {
		panic(err) // embedded above
	}
	parsed := map[string]*template.Template{}
	for _, e := range entries {
		file := path.Join("templates", e.Name())
		if slices.Contains(frame, file) {
			continue
		}
		own := template.Must(common.Clone())
		parsed[strings.TrimSuffix(e.Name(), ".html")] = template.Must(own.ParseFS(files, file))
	}
	return parsed
}

// write renders a page whole before the first byte leaves, so that a faulty
// template becomes an error and not half an answer.
func (l *layout) write(w http.ResponseWriter, status int, name string, content page) error {
	t, ok := l.templates[name]
	if !ok {
		return fmt.Errorf("there is no page %q", name)
	}
	var out bytes.Buffer
	shown := struct {
		page
		Site, Root, Style, Icon string
	}{content, l.site, l.root, l.style.Name, l.icon.Name}
	if err := t.ExecuteTemplate(&out, "layout.html", shown); err != nil {
		return fmt.Errorf("page %q: %w", name, err)
	}
	web.WriteBody(w, status, "text/html; charset=utf-8", out.Bytes())
	return nil
}

func (p *pages) showAsset(w http.ResponseWriter, r *http.Request, _ directory.Actor) error {
	for _, s := range []asset{p.layout.style, p.layout.icon} {
		if r.PathValue("file") == s.Name {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			web.WriteBody(w, http.StatusOK, s.kind, s.body)
			return nil
		}
	}
	p.notFound(w, r)
	return nil
}
