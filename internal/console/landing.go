package console

import (
	"net/http"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// landingBody is the content of the start page.
type landingBody struct {
	BaseURL string
	APIs    []apiRow
}

// apiRow is one row of the table of APIs.
type apiRow struct {
	Name, Address string
	Enabled       bool
	Root          string
}

func (p *pages) toLanding(w http.ResponseWriter, _ *http.Request, _ model.Actor) error {
	w.Header().Set("Location", p.root+landingPath+"/")
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

func (p *pages) showLanding(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
	body := landingBody{BaseURL: p.BaseURL}
	for _, api := range p.APIs {
		body.APIs = append(body.APIs, apiRow{
			Name: api.Name, Address: p.BaseURL + api.Prefix, Enabled: api.Enabled, Root: api.Root,
		})
	}
	return p.ui.Write(w, r, http.StatusOK, "landing", ui.Page{
		Title: p.ui.MessagesFor(r).Text("landing.title"), Wide: true, Body: body,
	})
}
