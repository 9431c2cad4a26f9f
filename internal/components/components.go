// Package components is a page that shows every component of the design in every state. Only the sample
// server of "roster dev" serves it.
package components

import (
	"embed"
	"net/http"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// Path is the path of the page.
const Path = "/components"

// Templates holds the template of the page.
//
//go:embed templates
var Templates embed.FS

// Endpoints returns the page.
func Endpoints(site *browser.Site) []browser.Endpoint {
	return []browser.Endpoint{browser.Open("GET", Path, func(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
		return site.UI.Write(w, r, http.StatusOK, "components", ui.Page{Title: "Components", Wide: true})
	})}
}
