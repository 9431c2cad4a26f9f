package gitlab

import (
	"context"
	"net/http"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// Keys and secondary email addresses belong to one user. The handlers below are shared by
// /user and /users/:id, and by both resources.

// owner returns the user whose resources a request is about.
type owner func(r *http.Request, req request) model.UserID

// selfID is the owner below /user: the actor.
func selfID(_ *http.Request, req request) model.UserID { return req.actor.UserID() }

// pathID is the owner below /users/:id.
func pathID(r *http.Request, _ request) model.UserID { return userID(r) }

// listOwned answers with a page of what read returns.
func listOwned[T, Row any](a api, of owner,
	read func(context.Context, model.Actor, model.UserID) ([]T, error), show func(T) Row) handler {
	return func(w http.ResponseWriter, r *http.Request, req request) error {
		all, err := read(r.Context(), req.actor, of(r, req))
		if err != nil {
			return err
		}
		page := pageOrAll(req.params, len(all))
		rows := []Row{}
		for _, one := range slicePage(all, page) {
			rows = append(rows, show(one))
		}
		a.setPagingHeaders(w, r, req, page, model.Page[model.User]{Total: len(all)})
		return web.WriteJSON(w, http.StatusOK, rows)
	}
}

// pageOrAll returns a page with all rows unless a size is given: the seed has no paging of keys, so
// its clients would miss the rest.
func pageOrAll(in web.Params, total int) web.Page {
	page := web.ParsePage(in)
	if !in.Present("per_page") {
		page.Size = max(total, web.MaxPageSize)
	}
	return page
}

// slicePage returns the items on page, none after the end.
func slicePage[T any](all []T, page web.Page) []T {
	first := min(page.Offset(), int64(len(all)))
	last := min(first+int64(page.Size), int64(len(all)))
	return all[first:last]
}

// serveOwned calls do with the id at wildcard in the path, and answers with the resource that it
// found or removed.
func serveOwned[ID ~int64, T, Row any](of owner, wildcard string,
	do func(context.Context, model.Actor, model.UserID, ID) (T, error), show func(T) Row) handler {
	return func(w http.ResponseWriter, r *http.Request, req request) error {
		one, err := do(r.Context(), req.actor, of(r, req), ID(parsePathID(r, wildcard)))
		if err != nil {
			return err
		}
		return web.WriteJSON(w, http.StatusOK, show(one))
	}
}

// addOwned answers with the created resource.
func addOwned[New, T, Row any](of owner, read func(web.Params) (New, error),
	add func(context.Context, model.Actor, model.UserID, New) (T, error), show func(T) Row) handler {
	return func(w http.ResponseWriter, r *http.Request, req request) error {
		n, err := read(req.params)
		if err != nil {
			return err
		}
		made, err := add(r.Context(), req.actor, of(r, req), n)
		if err != nil {
			return err
		}
		return web.WriteJSON(w, http.StatusCreated, show(made))
	}
}

// requireParams makes next name a missing attribute of required.
func requireParams(next handler, required ...string) handler {
	return func(w http.ResponseWriter, r *http.Request, req request) error {
		return missingAttribute(next(w, r, req), required...)
	}
}
