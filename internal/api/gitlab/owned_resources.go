package gitlab

import (
	"context"
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// Keys and further addresses belong to one person. The routes about one's own and
// those about another's are alike but for the owner, and those of keys and of
// addresses alike but for the deed and the shape.

// An owner says whose things a request is about.
type owner func(r *http.Request, req request) directory.UserID

// caller owns what is below /user.
func selfID(_ *http.Request, req request) directory.UserID { return req.actor.UserID() }

// named owns what is below /users/:id.
func pathID(r *http.Request, _ request) directory.UserID { return userID(r) }

// listOwned answers with a page of what read finds.
func listOwned[T, Row any](a api, of owner,
	read func(context.Context, directory.Actor, directory.UserID) ([]T, error), show func(T) Row) handler {
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
		a.setPagingHeaders(w, r, req, page, directory.Page[directory.User]{Total: len(all)})
		return web.WriteJSON(w, http.StatusOK, rows)
	}
}

// wholePage holds everything unless a size is asked for: the seed knows no pages
// of keys, so clients of its time would miss the rest.
func pageOrAll(in web.Params, total int) web.Page {
	page := web.ParsePage(in)
	if !in.Present("per_page") {
		page.Size = max(total, web.MaxPageSize)
	}
	return page
}

// pageOf is the part of all that is on page; nothing behind the end.
func slicePage[T any](all []T, page web.Page) []T {
	first := min(page.Offset(), int64(len(all)))
	last := min(first+int64(page.Size), int64(len(all)))
	return all[first:last]
}

// showOwned answers with the one whose id stands at wildcard in the path, after
// do found or removed it.
func serveOwned[ID ~int64, T, Row any](of owner, wildcard string,
	do func(context.Context, directory.Actor, directory.UserID, ID) (T, error), show func(T) Row) handler {
	return func(w http.ResponseWriter, r *http.Request, req request) error {
		one, err := do(r.Context(), req.actor, of(r, req), ID(parsePathID(r, wildcard)))
		if err != nil {
			return err
		}
		return web.WriteJSON(w, http.StatusOK, show(one))
	}
}

// addOwned answers with what was made of the parameters.
func addOwned[New, T, Row any](of owner, read func(web.Params) (New, error),
	add func(context.Context, directory.Actor, directory.UserID, New) (T, error), show func(T) Row) handler {
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

// telling makes next say which of the required attributes is missing.
func requireParams(next handler, required ...string) handler {
	return func(w http.ResponseWriter, r *http.Request, req request) error {
		return missingAttribute(next(w, r, req), required...)
	}
}
