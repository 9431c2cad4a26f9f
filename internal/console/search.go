package console

import (
	"net/http"
	"strconv"
	"strings"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/unitext"
)

const (
	searchPath = browser.StartPath + "/search"
	// searchHits is the maximum number of results of one kind.
	searchHits = 5
)

// searchBody is the content of the search over users, organizations and pages.
type searchBody struct {
	Search string
	Groups []searchGroup
	Empty  ui.Empty
}

// searchGroup has the results of one kind.
type searchGroup struct {
	Title string
	Hits  []searchHit
}

// searchHit is one result. ID is that of its element.
type searchHit struct {
	ID, Icon, Text, Note, Path string
}

// showSearch writes the results of a search. The directory returns what the actor can see only.
func (p *pages) showSearch(w http.ResponseWriter, r *http.Request, a admin) error {
	in, err := ui.ReadQuery(r)
	if err != nil {
		return err
	}
	search := in.Line("q")
	if err := in.Err(); err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	page := p.page(r, a, m.Text("search.title"), searchPath)
	page.Fragment = "palette"
	body := searchBody{Search: search, Empty: ui.Empty{Icon: "search", Title: m.Text("search.none"), Text: m.Text("search.none_text")}}
	if search != "" {
		users, err := p.searchUsers(r, a, search)
		if err != nil {
			return err
		}
		organizations, err := p.searchOrganizations(r, a, search)
		if err != nil {
			return err
		}
		body.add(m.Text("console.users"), users)
		body.add(m.Text("console.organizations"), organizations)
	}
	body.add(m.Text("search.pages"), searchPages(m, a, search))
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "search", page)
}

// add adds a group unless it is empty.
func (b *searchBody) add(title string, hits []searchHit) {
	if len(hits) == 0 {
		return
	}
	for i := range hits {
		hits[i].ID = "hit-" + strconv.Itoa(len(b.Groups)+1) + "-" + strconv.Itoa(i+1)
	}
	b.Groups = append(b.Groups, searchGroup{title, hits})
}

func (p *pages) searchUsers(r *http.Request, a admin, search string) ([]searchHit, error) {
	found, err := p.Directory.Users(r.Context(), a.Actor, model.UserFilter{Search: search, Limit: searchHits, SkipTotal: true})
	var hits []searchHit
	for _, u := range found.Items {
		hits = append(hits, searchHit{Icon: "user", Text: u.Label(), Note: u.Username, Path: userPath(u.ID, "")})
	}
	return hits, err
}

func (p *pages) searchOrganizations(r *http.Request, a admin, search string) ([]searchHit, error) {
	found, err := p.Directory.OrganizationRows(r.Context(), a.Actor, model.OrganizationFilter{Search: search, Limit: searchHits})
	var hits []searchHit
	for _, o := range found {
		hits = append(hits, searchHit{Icon: "org", Text: o.Organization.Name, Note: o.Organization.Slug, Path: organizationPath(o.Organization.ID, "")})
	}
	return hits, err
}

// searchPages returns the pages of the navigation whose names contain the text.
func searchPages(m *ui.Messages, a admin, search string) []searchHit {
	var hits []searchHit
	for _, group := range navigation(m) {
		for _, e := range group.entries {
			if a.Has(e.needs) && strings.Contains(unitext.Fold(e.text), unitext.Fold(search)) {
				hits = append(hits, searchHit{Icon: e.icon, Text: e.text, Note: group.title, Path: e.path})
			}
		}
	}
	return hits
}
