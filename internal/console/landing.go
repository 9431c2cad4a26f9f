package console

import (
	"net/http"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// landingBody is the content of the start page.
type landingBody struct {
	BaseURL  string
	APIs     []apiRow
	SignedIn bool
}

// apiRow is one row of the table of APIs.
type apiRow struct {
	Name, Address string
	Enabled       bool
	Root          string
}

// redirectToStart redirects a browser with a session to the account, and others to the start page.
func (p *pages) redirectToStart(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
	actor, err := p.Actor(r)
	if err != nil {
		return err
	}
	path := browser.StartPath + "/"
	if !actor.Anonymous() {
		path = browser.AccountPath
	}
	p.Redirect(w, path)
	return nil
}

// showAPIs writes the list of APIs.
func (p *pages) showAPIs(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
	actor, err := p.Actor(r)
	if err != nil {
		return err
	}
	return p.writeAPIs(w, r, !actor.Anonymous())
}

func (p *pages) writeAPIs(w http.ResponseWriter, r *http.Request, signedIn bool) error {
	body := landingBody{BaseURL: p.BaseURL, SignedIn: signedIn}
	for _, api := range p.apis {
		body.APIs = append(body.APIs, apiRow{
			Name: api.Name, Address: p.BaseURL + api.Prefix, Enabled: api.Enabled, Root: api.Root,
		})
	}
	return p.UI.Write(w, r, http.StatusOK, "landing", ui.Page{
		Title: p.UI.MessagesFor(r).Text("landing.title"), Wide: true, Body: body,
	})
}
