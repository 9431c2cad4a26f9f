package account

import (
	"errors"
	"net/http"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/sshkey"
	"roster.example/roster/internal/ui"
)

// keysBody is the content of the page of keys and tokens besides the form that was rejected.
type keysBody struct {
	Keys     []model.SSHKey
	Tokens   []token
	AddKey   *ui.Form
	NewToken *ui.Form
	Scopes   []scope
	Shown    *shownSecret // a secret that is shown this once; nil for none
	Changed  bool         // whether the API key was replaced
	APIKey   string       // if it is shown
}

// shownSecret is the text of a new token.
type shownSecret struct{ Title, Text string }

func (p *pages) showKeys(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	return p.writeKeys(w, r, actor, func(*keysBody) {})
}

// writeKeys writes the page after change.
func (p *pages) writeKeys(w http.ResponseWriter, r *http.Request, actor model.Actor, change func(*keysBody)) error {
	page, body, err := p.keysPage(r, actor)
	if err != nil {
		return err
	}
	change(&body)
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "keys", page)
}

func (p *pages) keysPage(r *http.Request, actor model.Actor) (ui.Page, keysBody, error) {
	m := p.UI.MessagesFor(r)
	page, err := p.page(r, actor, m.Text("account.keys"), keysPath)
	if err != nil {
		return page, keysBody{}, err
	}
	body := keysBody{AddKey: keyForm(m, newKey{}), NewToken: tokenForm(m, newToken{expires: "90"}), Scopes: scopes(m, nil)}
	if body.Keys, err = p.Directory.Keys(r.Context(), actor, actor.UserID()); err != nil {
		return page, body, err
	}
	held, err := p.Directory.Tokens(r.Context(), actor, actor.UserID())
	body.Tokens = tokensOf(held, p.Now())
	return page, body, err
}

// newKey is the input of the form that adds an SSH key.
type newKey struct{ key, title string }

func keyForm(m *ui.Messages, sent newKey) *ui.Form {
	return &ui.Form{Action: keysPath + "/ssh", Submit: m.Text("account.add_key"), Small: true, Fields: []ui.Field{
		{Name: "key", Label: m.Text("account.public_key"), Type: "textarea", Value: sent.key, Hint: m.Text("account.public_key_hint"), Drop: true},
		{Name: "title", Label: m.Text("account.key_title"), Type: "text", Autocomplete: "off", Value: sent.title, Optional: true, Hint: m.Text("account.key_title_hint")},
	}}
}

func (p *pages) addKey(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error {
	sent := newKey{in.Line("key"), in.Line("title")}
	if err := in.Err(); err != nil {
		return err
	}
	_, err := p.Directory.AddKey(r.Context(), actor, actor.UserID(), model.NewKey{Title: sent.title, Key: sent.key})
	if err == nil {
		return p.back(w, keysPath, "key")
	}
	page, body, failed := p.keysPage(r, actor)
	if failed != nil {
		return failed
	}
	if errors.Is(err, sshkey.ErrPrivate) {
		sent.key = "" // the page must not contain a secret
	}
	body.AddKey = keyForm(p.UI.MessagesFor(r), sent)
	page.Form, page.Body = body.AddKey, body
	return p.reject(w, r, "keys", page, err)
}

func (p *pages) removeKey(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	id, err := pathID[model.KeyID](r, "key")
	if err != nil {
		return err
	}
	if _, err := p.Directory.RemoveKey(r.Context(), actor, actor.UserID(), id); err != nil {
		return err
	}
	return p.back(w, keysPath, "key-removed")
}

// showAPIKey shows the API key, which the directory returns only after a recent authentication. A user
// without one gets a new one.
func (p *pages) showAPIKey(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	key, err := p.Directory.APIKey(r.Context(), actor)
	if err == nil && key == "" {
		key, err = p.Directory.RotateAPIKey(r.Context(), actor)
	}
	if err != nil {
		return err
	}
	return p.writeKeys(w, r, actor, func(body *keysBody) { body.APIKey = key.Reveal() })
}

func (p *pages) rotateAPIKey(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	key, err := p.Directory.RotateAPIKey(r.Context(), actor)
	if err != nil {
		return err
	}
	return p.writeKeys(w, r, actor, func(body *keysBody) { body.APIKey, body.Changed = key.Reveal(), true })
}
