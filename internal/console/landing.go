package console

import (
	"net/http"

	"roster.example/roster/internal/directory"
)

// landingBody is what the first page shows.
type landingBody struct {
	BaseURL string
	APIs    []shownAPI
}

// shownAPI is one row of its table.
type shownAPI struct {
	Name, Address string
	Enabled       bool
	Root          string
}

func (p *pages) toLanding(w http.ResponseWriter, _ *http.Request, _ directory.Actor) error {
	w.Header().Set("Location", p.layout.root+landingPath+"/")
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

func (p *pages) showLanding(w http.ResponseWriter, _ *http.Request, _ directory.Actor) error {
	shown := landingBody{BaseURL: p.BaseURL}
	for _, api := range p.APIs {
		shown.APIs = append(shown.APIs, shownAPI{
			Name: api.Name, Address: p.BaseURL + api.Prefix, Enabled: api.Enabled, Root: api.Root,
		})
	}
	return p.layout.write(w, http.StatusOK, "landing", page{Title: "What answers here", Body: shown})
}
