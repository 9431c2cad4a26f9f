package console

import (
	"context"
	"net/http"
	"strings"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
)

// newAccount is an account that a page has just created or activated.
type newAccount struct {
	User    model.User
	Key     secret.Text
	Account string // slug of the organization, for Codebase; empty if unknown
	Admin   bool
}

// welcomeBody is the content of the page after a setup or an accepted invitation.
type welcomeBody struct {
	Username string
	Key      string
	Admin    bool
	Examples []example
}

// example is a command that uses the API key.
type example struct{ API, Command string }

// welcome writes the page of a new account with its API key, which no page shows again. There is no key
// yet if the user must add a second factor first.
func (p *pages) welcome(w http.ResponseWriter, r *http.Request, title string, n newAccount) error {
	return p.UI.Write(w, r, http.StatusOK, "welcome", ui.Page{Title: title, Wide: true, Body: welcomeBody{
		Username: n.User.Username, Key: n.Key.Reveal(), Admin: n.Admin, Examples: p.examples(n),
	}})
}

// account returns the slug of an organization of the key's owner. After an error it is empty, because
// the page must show the key in any case.
func (p *pages) account(ctx context.Context, who model.Actor, key secret.Text) string {
	if key == "" {
		return ""
	}
	who, err := p.Directory.Authenticate(ctx, who, directory.Credential{Secret: key})
	if err != nil {
		p.Log.WarnContext(ctx, "no example with an account name is shown", "error", err)
		return ""
	}
	memberships, err := p.Directory.MyOrganizations(ctx, who)
	if err != nil || len(memberships) == 0 {
		p.Log.WarnContext(ctx, "no example with an account name is shown", "error", err)
		return ""
	}
	return memberships[0].Organization.Slug
}

// examples returns a command for each enabled API.
func (p *pages) examples(n newAccount) []example {
	if n.Key == "" {
		return nil
	}
	var list []example
	for _, api := range p.apis {
		options, path := apiCall(model.API(strings.TrimPrefix(api.Prefix, "/")), n)
		if path == "" || !api.Enabled {
			continue
		}
		list = append(list, example{API: api.Name, Command: "curl " + options + " " + shellQuote(p.BaseURL+api.Prefix+path)})
	}
	return list
}

// apiCall returns how requests to one API carry a key, and the path that returns its user (see
// docs/products: gitlab.md, Tokens; wekan.md, 2; codebase.md, 1; pm415.md, 2).
func apiCall(api model.API, n newAccount) (options, path string) {
	bearer := "-H " + shellQuote("Authorization: Bearer "+n.Key.Reveal())
	switch api {
	case model.GitLab:
		return "-H " + shellQuote("PRIVATE-TOKEN: "+n.Key.Reveal()), "/api/v3/user"
	case model.Wekan:
		return bearer, "/api/user"
	case model.PM415:
		return bearer, "/api/user"
	case model.Codebase:
		if n.Account == "" {
			return "", ""
		}
		return "-u " + shellQuote(n.Account+"/"+n.User.Username+":"+n.Key.Reveal()), "/profile"
	}
	return "", ""
}

// shellQuote quotes text as one word of a POSIX shell.
func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
