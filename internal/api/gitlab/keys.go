package gitlab

import (
	"encoding/json"
	"net/http"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// listKeys serves GET /user/keys and GET /users/:id/keys.
func (a api) listKeys(of owner) handler { return listOwned(a, of, a.directory.Keys, newKeyRow) }

// getKey serves GET /user/keys/:id.
func (a api) getKey(of owner) handler { return serveOwned(of, "id", a.directory.Key, newKeyRow) }

// addKey answers POST /users/:id/keys, which does not name a missing attribute (seed 003: "404 Not
// found on fail"), and with requireParams POST /user/keys, which does.
func (a api) addKey(of owner) handler { return addOwned(of, readNewKey, a.directory.AddKey, newKeyRow) }

// removeKey answers DELETE /users/:uid/keys/:id, and with nullIfMissing DELETE /user/keys/:id.
func (a api) removeKey(of owner, wildcard string) handler {
	return serveOwned(of, wildcard, a.directory.RemoveKey, newKeyRow)
}

// nullIfMissing answers 200 with null in place of 404 (seed 003, "this is an idempotent function").
func nullIfMissing(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request, req request) error {
		err := next(w, r, req)
		if fault.KindOf(err) == fault.NotFound {
			return web.WriteJSON(w, http.StatusOK, nil)
		}
		return err
	}
}

// getKeyByID answers GET /keys/:id, for administrators only: the key of any user, with the user
// (docs/products/gitlab.md, SSH keys).
func (a api) getKeyByID(w http.ResponseWriter, r *http.Request, req request) error {
	found, err := a.directory.KeyByID(r.Context(), req.actor, model.KeyID(parsePathID(r, "id")))
	if err != nil {
		return err
	}
	owner, err := a.directory.User(r.Context(), req.actor, found.Owner)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, struct {
		keyRow
		User json.RawMessage `json:"user"`
	}{newKeyRow(found), json.RawMessage(encodeUser(&owner))})
}
