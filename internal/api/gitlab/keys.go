package gitlab

import (
	"encoding/json"
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/web"
)

// keys answers GET /user/keys and GET /users/:id/keys.
func (a api) keys(of owner) serve { return listOwned(a, of, a.directory.Keys, showKey) }

// key answers GET /user/keys/:id.
func (a api) key(of owner) serve { return showOwned(of, "id", a.directory.Key, showKey) }

// addKey answers POST /users/:id/keys, which does not say what is missing (seed
// 003: "404 Not found on fail"), and, with telling, POST /user/keys, which does.
func (a api) addKey(of owner) serve { return addOwned(of, newKey, a.directory.AddKey, showKey) }

// removeKey answers DELETE /users/:uid/keys/:id, and, with idempotent, DELETE
// /user/keys/:id.
func (a api) removeKey(of owner, wildcard string) serve {
	return showOwned(of, wildcard, a.directory.RemoveKey, showKey)
}

// idempotent makes null of what is not there: 200 always, with the key if there
// was one (seed 003, "this is an idempotent function").
func idempotent(next serve) serve {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		err := next(w, r, c)
		if fault.KindOf(err) == fault.NotFound {
			return web.WriteJSON(w, http.StatusOK, nil)
		}
		return err
	}
}

// anyKey answers GET /keys/:id, for administrators alone: the key of any user, with
// the user (docs/products/gitlab.md, SSH keys).
func (a api) anyKey(w http.ResponseWriter, r *http.Request, c call) error {
	found, err := a.directory.KeyByID(r.Context(), c.who, directory.KeyID(pathID(r, "id")))
	if err != nil {
		return err
	}
	owner, err := a.directory.User(r.Context(), c.who, found.Owner)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, struct {
		key
		User json.RawMessage `json:"user"`
	}{showKey(found), json.RawMessage(shownAs(showPerson, &owner))})
}
