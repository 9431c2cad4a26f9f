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
type owner func(r *http.Request, c call) directory.UserID

// caller owns what is below /user.
func caller(_ *http.Request, c call) directory.UserID { return c.who.UserID() }

// named owns what is below /users/:id.
func named(r *http.Request, _ call) directory.UserID { return userID(r) }

// listOwned answers with a page of what read finds.
func listOwned[T, Row any](a api, of owner,
	read func(context.Context, directory.Actor, directory.UserID) ([]T, error), show func(T) Row) serve {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		all, err := read(r.Context(), c.who, of(r, c))
		if err != nil {
			return err
		}
		page := wholePage(c.in, len(all))
		rows := []Row{}
		for _, one := range pageOf(all, page) {
			rows = append(rows, show(one))
		}
		a.describe(w, r, c, page, directory.Page[directory.User]{Total: len(all)})
		return web.WriteJSON(w, http.StatusOK, rows)
	}
}

// wholePage holds everything unless a size is asked for: the seed knows no pages
// of keys, so clients of its time would miss the rest.
func wholePage(in web.Params, total int) web.Page {
	page := web.ParsePage(in)
	if !in.Present("per_page") {
		page.Size = max(total, web.MaxPageSize)
	}
	return page
}

// pageOf is the part of all that is on page; nothing behind the end.
func pageOf[T any](all []T, page web.Page) []T {
	first := min(page.Offset(), int64(len(all)))
	last := min(first+int64(page.Size), int64(len(all)))
	return all[first:last]
}

// showOwned answers with the one whose id stands at wildcard in the path, after
// do found or removed it.
func showOwned[ID ~int64, T, Row any](of owner, wildcard string,
	do func(context.Context, directory.Actor, directory.UserID, ID) (T, error), show func(T) Row) serve {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		one, err := do(r.Context(), c.who, of(r, c), ID(pathID(r, wildcard)))
		if err != nil {
			return err
		}
		return web.WriteJSON(w, http.StatusOK, show(one))
	}
}

// addOwned answers with what was made of the parameters.
func addOwned[New, T, Row any](of owner, read func(web.Params) (New, error),
	add func(context.Context, directory.Actor, directory.UserID, New) (T, error), show func(T) Row) serve {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		n, err := read(c.in)
		if err != nil {
			return err
		}
		made, err := add(r.Context(), c.who, of(r, c), n)
		if err != nil {
			return err
		}
		return web.WriteJSON(w, http.StatusCreated, show(made))
	}
}

// telling makes next say which of the required attributes is missing.
func telling(next serve, required ...string) serve {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		return notGiven(next(w, r, c), required...)
	}
}
