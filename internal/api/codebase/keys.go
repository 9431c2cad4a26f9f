package codebase

import (
	"net/http"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// keyElement is the name of a key in responses; a request to add one has public-key
// (docs/products/codebase.md, 5.4).
const keyElement = "public-key-join"

// listKeys serves GET /users/{username}/public_keys.
func (a *api) listKeys(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	held, err := a.userKeys(r, actor)
	if err != nil {
		return err
	}
	shown := make([]value, 0, len(held))
	for _, k := range held {
		shown = append(shown, newPublicKey(k))
	}
	writeDocument(w, r, http.StatusOK, listDocument("public-key-joins", keyElement, shown))
	return nil
}

// listKeysAsText serves GET /users/{username}/public_keys.txt, one key per line.
func (a *api) listKeysAsText(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	held, err := a.userKeys(r, actor)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, k := range held {
		text.WriteString(k.Public + "\n")
	}
	web.WriteBody(w, http.StatusOK, web.PlainText, []byte(text.String()))
	return nil
}

func (a *api) userKeys(r *http.Request, actor model.Actor) ([]model.SSHKey, error) {
	owner, err := a.directory.UserByUsername(r.Context(), actor, r.PathValue("username"))
	if err != nil {
		return nil, err
	}
	return a.directory.ManagedKeys(r.Context(), actor, owner.ID)
}

// addKey answers POST /users/{username}/public_keys.
func (a *api) addKey(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	owner, err := a.directory.UserByUsername(r.Context(), actor, r.PathValue("username"))
	if err != nil {
		return err
	}
	f, err := a.readForm(r, "public_key")
	if err != nil {
		return err
	}
	n := model.NewKey{Title: f.text("description", "title"), Key: f.text("key", "key")}
	if err := f.err(); err != nil {
		return err
	}
	key, err := a.directory.AddKey(r.Context(), actor, owner.ID, n)
	if fault.KindOf(err) == fault.NotFound {
		// The actor can see this user but not add keys. The directory returns NotFound;
		// Codebase answers 403 (docs/products/codebase.md, 5.4).
		return &fault.Error{Kind: fault.Forbidden, Msg: "only the user and administrators may add keys", Err: err}
	}
	if err != nil {
		return err
	}
	writeDocument(w, r, http.StatusCreated, objectDocument(keyElement, newPublicKey(key)))
	return nil
}
