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
)

//go:embed templates/*.html style.css
var files embed.FS

// look is everything that pages have in common.
type look struct {
	site      string
	root      string // path before ours, for links: "" or such as "/roster"
	style     []byte
	styleFile string // its name holds its hash, so that browsers may keep it for ever
	templates map[string]*template.Template
}

// page is one answer for people.
type page struct {
	Title string
	Form  *form // nil on pages without one
	Body  any   // what its own template shows
}

// newLook parses all templates. It panics when one is faulty, so that a program
// with such a page does not start.
func newLook(site, root string) *look {
	style, err := files.ReadFile("style.css")
	if err != nil {
		panic(err) // embedded above
	}
	sum := sha256.Sum256(style)
	return &look{
		site: site, root: strings.TrimRight(root, "/"), style: style,
		styleFile: "style." + hex.EncodeToString(sum[:8]) + ".css",
		templates: parseTemplates(),
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
func (l *look) write(w http.ResponseWriter, status int, name string, content page) error {
	t, ok := l.templates[name]
	if !ok {
		return fmt.Errorf("there is no page %q", name)
	}
	var out bytes.Buffer
	shown := struct {
		page
		Site, Root, Style string
	}{content, l.site, l.root, l.styleFile}
	if err := t.ExecuteTemplate(&out, "layout.html", shown); err != nil {
		return fmt.Errorf("page %q: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	// A client that has gone cannot be told so.
	_, _ = out.WriteTo(w)
	return nil
}

func (p *pages) showStyle(w http.ResponseWriter, r *http.Request, _ directory.Actor) error {
	if r.PathValue("file") != p.look.styleFile {
		p.notFound(w, r)
		return nil
	}
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	// As in write.
	_, _ = w.Write(p.look.style)
	return nil
}
