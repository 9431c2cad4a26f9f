package account

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// token is one access token as the page shows it.
type token struct {
	model.AccessToken
	Expired bool
	Soon    bool // whether it expires within a week
}

// soon is how long before the expiry of a token the page points to it.
const soon = 7 * 24 * time.Hour

// tokensOf returns the tokens that were not revoked, the newest first.
func tokensOf(held []model.AccessToken, now time.Time) []token {
	var tokens []token
	for i := len(held) - 1; i >= 0; i-- {
		t := held[i]
		if !t.RevokedAt.IsZero() {
			continue
		}
		expires := !t.ExpiresAt.IsZero()
		tokens = append(tokens, token{t, expires && !t.ExpiresAt.After(now), expires && t.ExpiresAt.Sub(now) < soon})
	}
	return tokens
}

// scope is one scope with its explanation.
type scope struct {
	Name, Field, Text string
	Checked           bool
}

// scopes returns all scopes; those in chosen are checked.
func scopes(m *ui.Messages, chosen model.Scopes) []scope {
	texts := map[model.Scope]string{
		model.ScopeAPI: m.Text("account.scope_api"), model.ScopeReadAPI: m.Text("account.scope_read_api"),
		model.ScopeReadUser: m.Text("account.scope_read_user"), model.ScopeSudo: m.Text("account.scope_sudo"),
	}
	var list []scope
	for _, s := range model.AllScopes() {
		list = append(list, scope{string(s), scopeField(s), texts[s], slices.Contains(chosen, s)})
	}
	return list
}

// scopeField is the name of the checkbox of a scope.
func scopeField(s model.Scope) string { return "scope_" + string(s) }

// newToken is the input of the form that creates an access token.
type newToken struct {
	name    string
	expires string // days; "0" is never
	scopes  model.Scopes
}

// lifetimes are the choices of the form, in days; 0 is without end.
func lifetimes() []int { return []int{7, 30, 90, 365, 0} }

func tokenForm(m *ui.Messages, sent newToken) *ui.Form {
	expires := ui.Field{Name: "expires", Label: m.Text("account.token_expires"), Type: "select"}
	for _, days := range lifetimes() {
		label := m.Count("account.token_days", days)
		if days == 0 {
			label = m.Text("account.token_never")
		}
		value := strconv.Itoa(days)
		expires.Options = append(expires.Options, ui.Option{Value: value, Label: label, Selected: value == sent.expires})
	}
	return &ui.Form{Action: keysPath + "/tokens", Submit: m.Text("account.create_token"), Small: true, Fields: []ui.Field{
		{Name: "name", Label: m.Text("account.token_name"), Type: "text", Autocomplete: "off", Value: sent.name, Hint: m.Text("account.token_name_hint")},
		expires,
		{Name: "scopes", Label: m.Text("account.token_scopes"), Type: "scopes"},
	}}
}

func readToken(in *ui.Input) newToken {
	sent := newToken{name: in.Line("name"), expires: in.Line("expires")}
	for _, s := range model.AllScopes() {
		if in.Text(scopeField(s)) != "" {
			sent.scopes = append(sent.scopes, s)
		}
	}
	return sent
}

// ends returns when the token expires; the zero time is never. A value that is not a choice of the form
// is the shortest lifetime.
func (n newToken) ends(now time.Time) time.Time {
	days, err := strconv.Atoi(n.expires)
	if err != nil || !slices.Contains(lifetimes(), days) {
		days = lifetimes()[0]
	}
	if days == 0 {
		return time.Time{}
	}
	return now.Add(time.Duration(days) * 24 * time.Hour)
}

func (p *pages) createToken(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error {
	sent := readToken(in)
	if err := in.Err(); err != nil {
		return err
	}
	made, text, err := p.Directory.CreateToken(r.Context(), actor, credential.NewToken{
		Owner: actor.UserID(), Name: sent.name, Scopes: sent.scopes, ExpiresAt: sent.ends(p.Now()),
	})
	if err == nil {
		return p.writeToken(w, r, actor, p.UI.MessagesFor(r).Text("account.token_created", "name", made.Name), text.Reveal())
	}
	page, body, failed := p.keysPage(r, actor)
	if failed != nil {
		return failed
	}
	body.NewToken, body.Scopes = tokenForm(p.UI.MessagesFor(r), sent), scopes(p.UI.MessagesFor(r), sent.scopes)
	page.Form, page.Body = body.NewToken, body
	return p.reject(w, r, "keys", page, err)
}

// writeToken shows the text of a token, which no other page shows.
func (p *pages) writeToken(w http.ResponseWriter, r *http.Request, actor model.Actor, title, text string) error {
	return p.writeKeys(w, r, actor, func(body *keysBody) { body.Shown = &shownSecret{title, text} })
}

func (p *pages) rotateToken(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	id, err := pathID[model.TokenID](r, "token")
	if err != nil {
		return err
	}
	next, text, err := p.Directory.RotateToken(r.Context(), actor, actor.UserID(), id)
	if err != nil {
		return err
	}
	return p.writeToken(w, r, actor, p.UI.MessagesFor(r).Text("account.token_rotated", "name", next.Name), text.Reveal())
}

func (p *pages) revokeToken(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	id, err := pathID[model.TokenID](r, "token")
	if err != nil {
		return err
	}
	if err := p.Directory.RevokeToken(r.Context(), actor, actor.UserID(), id); err != nil {
		return err
	}
	return p.back(w, keysPath, "token-revoked")
}
