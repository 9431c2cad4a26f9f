package gitlab

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// myKeys answers GET /user/keys.
func (a api) myKeys(w http.ResponseWriter, r *http.Request, c call) error {
	return a.listKeys(w, r, c, c.who.UserID())
}

// keysOf answers GET /users/:id/keys.
func (a api) keysOf(w http.ResponseWriter, r *http.Request, c call) error {
	return a.listKeys(w, r, c, userID(r))
}

func (a api) listKeys(w http.ResponseWriter, r *http.Request, c call, owner directory.UserID) error {
	keys, err := a.d.Keys(r.Context(), c.who, owner)
	if err != nil {
		return err
	}
	page := keyPage(c.in, len(keys))
	first := min(page.Offset(), int64(len(keys)))
	last := min(first+int64(page.Size), int64(len(keys)))
	rows := make([]key, 0, last-first)
	for _, k := range keys[first:last] {
		rows = append(rows, showKey(k))
	}
	return a.list(w, r, page, len(keys), rows)
}

// keyPage holds all keys unless a size is asked for: the seed knows no pages of
// keys, so clients of its time would miss the rest.
func keyPage(in web.Params, total int) web.Page {
	page := web.ParsePage(in)
	if !in.Present("per_page") {
		page.Size = max(total, web.MaxPageSize)
	}
	return page
}

// myKey answers GET /user/keys/:id.
func (a api) myKey(w http.ResponseWriter, r *http.Request, c call) error {
	k, err := a.d.Key(r.Context(), c.who, c.who.UserID(), directory.KeyID(pathID(r, "id")))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, showKey(k))
}

// addKey answers POST /user/keys, which says what is missing.
func (a api) addKey(w http.ResponseWriter, r *http.Request, c call) error {
	return notGiven(a.add(w, r, c, c.who.UserID()), "title", "key")
}

// addKeyTo answers POST /users/:id/keys, which does not (seed 003: "404 Not found
// on fail").
func (a api) addKeyTo(w http.ResponseWriter, r *http.Request, c call) error {
	return a.add(w, r, c, userID(r))
}

func (a api) add(w http.ResponseWriter, r *http.Request, c call, owner directory.UserID) error {
	n, err := newKey(c.in)
	if err != nil {
		return err
	}
	k, err := a.d.AddKey(r.Context(), c.who, owner, n)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusCreated, showKey(k))
}

// removeKey answers DELETE /user/keys/:id: 200 always, with the key if there was
// one (seed 003, "this is an idempotent function").
func (a api) removeKey(w http.ResponseWriter, r *http.Request, c call) error {
	k, err := a.d.RemoveKey(r.Context(), c.who, c.who.UserID(), directory.KeyID(pathID(r, "id")))
	if directory.KindOf(err) == directory.NotFound {
		return web.WriteJSON(w, http.StatusOK, nil)
	}
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, showKey(k))
}

// removeKeyOf answers DELETE /users/:uid/keys/:id, which is not idempotent.
func (a api) removeKeyOf(w http.ResponseWriter, r *http.Request, c call) error {
	k, err := a.d.RemoveKey(r.Context(), c.who, userID(r), directory.KeyID(pathID(r, "key")))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, showKey(k))
}
