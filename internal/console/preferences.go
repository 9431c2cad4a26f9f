package console

import (
	"net/http"
	"strings"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// showAsset serves the stylesheet, the script and the icons of the pages.
func (p *pages) showAsset(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
	if !p.ui.ServeAsset(w, r.PathValue("file")) {
		p.notFound(w, r)
	}
	return nil
}

// setPreferences stores the theme or the language of this browser and leads back to the page with
// the buttons.
func (p *pages) setPreferences(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
	in, err := p.read(r)
	if err != nil {
		return err
	}
	theme, language, back := in.text("theme"), in.text("language"), in.text("return_to")
	if in.err != nil {
		return in.err
	}
	ui.SetPreferences(w, p.root+"/", theme, language, p.secure)
	w.Header().Set("Location", p.root+localPath(back))
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// localPath returns path if it is one of this server, else the start page. Browsers read "//host" and
// "/\\host" as an address of another site.
func localPath(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return landingPath + "/"
	}
	return path
}
