package gitlab

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// listUsers answers GET /users: page, per_page, and the filters of later versions.
func (a api) listUsers(w http.ResponseWriter, r *http.Request, req request) error {
	page := web.ParsePage(req.params)
	found, err := a.findUsers(r.Context(), req, page)
	if err != nil {
		return err
	}
	rows := make(web.JSON, 0, userSize*(1+len(found.Items))).Open('[')
	for i := range found.Items {
		rows = writeUser(rows, &found.Items[i])
	}
	a.setPagingHeaders(w, r, req, page, found, "search", "active", "blocked", "username")
	rows.Close(']').Respond(w, http.StatusOK)
	return nil
}

// deepOffset is the number of rows before a page from which it counts as an expensive read: if the
// list of ids is not cached, the database has to skip all of them. It is also the number up to
// which matches are counted.
const deepOffset = model.CountLimit

// listClass returns the admission class of GET /users. Searches, lists by state and deep pages are
// expensive reads.
func listClass(r *http.Request) admission.Class {
	in := queryParams(r)
	if web.ParsePage(in).Offset() >= deepOffset || in.Present("active") || in.Present("blocked") {
		return admission.ExpensiveReads
	}
	return web.WithQuery(admission.ExpensiveReads, "search", "active", "blocked")(r)
}

// findUsers applies the filters. A filter that cannot be read is an error: without it, the list
// would have all users.
func (a api) findUsers(ctx context.Context, req request, page web.Page) (model.Page[model.User], error) {
	filters, err := readUserFilters(req.params)
	switch {
	case err != nil || filters.active && filters.blocked:
		return model.Page[model.User]{}, err
	case filters.username != "":
		return a.findByUsername(ctx, req.actor, filters.username, page)
	}
	filter := model.UserFilter{Search: filters.search, Offset: int(page.Offset()), Limit: page.Size}
	switch {
	case filters.active:
		filter.State = model.Active
	case filters.blocked:
		filter.State = model.Blocked
	}
	return a.directory.Users(ctx, req.actor, filter)
}

// userFilters are the filters of GET /users.
type userFilters struct {
	username, search string
	active, blocked  bool
}

// readUserFilters reads the filters. Blank ones count as not given. A list or an object is 400,
// even an empty one, and so is a value of blocked that is not a truth value.
func readUserFilters(in web.Params) (f userFilters, err error) {
	values := map[string]string{}
	for _, name := range []string{"username", "search", "active", "blocked"} {
		text, _, err := in.Text(name)
		if err != nil {
			return f, invalidFilter(err, name, "must be a single value")
		}
		if in.Present(name) {
			values[name] = text
		}
	}
	f.username, f.search = values["username"], values["search"]
	f.active = in.Present("active") // whatever its value, as in GitLab
	if f.blocked, _, err = in.Bool("blocked"); err != nil {
		return f, invalidFilter(err, "blocked", "must be true or false")
	}
	return f, nil
}

func invalidFilter(err error, name, reason string) error {
	return &apiError{http.StatusBadRequest, "400 (Bad request) " + name + " " + reason, err}
}

// findByUsername returns a list with the user of this username, or an empty list.
func (a api) findByUsername(ctx context.Context, actor model.Actor, username string, page web.Page) (model.Page[model.User], error) {
	u, err := a.directory.UserByUsername(ctx, actor, username)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return model.Page[model.User]{}, nil
	case err != nil || page.Number > 1:
		return model.Page[model.User]{Total: 1}, err
	}
	return model.Page[model.User]{Items: []model.User{u}, Total: 1}, nil
}

// setPagingHeaders sets the headers with the links to other pages of a list that has these filters.
// Beyond the count limit there are no totals, as in GitLab.
func (a api) setPagingHeaders(w http.ResponseWriter, r *http.Request, req request, page web.Page, found model.Page[model.User], filters ...string) {
	path := r.URL
	// The path as it was sent, with the prefix of the API.
	if sent, err := url.ParseRequestURI(r.RequestURI); err == nil {
		path = sent
	}
	base := strings.TrimSuffix(a.config.BaseURL, "/") + path.EscapedPath()
	query := req.linkParams(append(filters, sudo))
	if found.Capped {
		web.SetUncountedPagingHeaders(w, base, query, page, len(found.Items) == page.Size)
		return
	}
	web.SetPagingHeaders(w, base, query, page, int64(found.Total))
}

// linkParams returns those of the named parameters that have a value, for the query of a link. sudo
// must be one of them: without it the next page would be read with the rights of the administrator.
func (req request) linkParams(names []string) url.Values {
	query := url.Values{}
	for _, name := range names {
		if text, _, err := req.params.Text(name); err == nil && req.params.Present(name) {
			query.Set(name, text)
		}
	}
	return query
}

// send writes one user.
func send(w http.ResponseWriter, status int, u model.User) {
	encodeUser(&u).Respond(w, status)
}

// getUser serves GET /users/:id.
func (a api) getUser(w http.ResponseWriter, r *http.Request, req request) error {
	u, err := a.directory.User(r.Context(), req.actor, userID(r))
	if err != nil {
		return err
	}
	send(w, http.StatusOK, u)
	return nil
}

// createUser answers POST /users.
func (a api) createUser(w http.ResponseWriter, r *http.Request, req request) error {
	n, err := readNewUser(req.params)
	if err != nil {
		return err
	}
	u, err := a.directory.CreateUser(r.Context(), req.actor, n)
	if err != nil {
		return missingAttribute(err, n.Required...)
	}
	send(w, http.StatusCreated, u)
	return nil
}

// updateUser serves PUT /users/:id.
func (a api) updateUser(w http.ResponseWriter, r *http.Request, req request) error {
	change, err := readUserChange(req.params)
	if err != nil {
		return err
	}
	u, err := a.directory.ChangeUser(r.Context(), req.actor, userID(r), change)
	if err != nil {
		return mapCurrentPasswordError(err)
	}
	send(w, http.StatusOK, u)
	return nil
}

// deleteUser answers DELETE /users/:id. An unknown id is no error, and neither is one that is not a
// number (seed 003, "Deletes a user").
func (a api) deleteUser(w http.ResponseWriter, r *http.Request, req request) error {
	u, err := a.directory.DeleteUser(r.Context(), req.actor, userID(r))
	if fault.KindOf(err) == fault.NotFound {
		return web.WriteJSON(w, http.StatusOK, nil)
	}
	if err != nil {
		return err
	}
	send(w, http.StatusOK, u)
	return nil
}

// blockUser serves PUT and POST /users/:id/block.
func (a api) blockUser(w http.ResponseWriter, r *http.Request, req request) error {
	if _, err := a.directory.BlockUser(r.Context(), req.actor, userID(r)); err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, true)
}

// unblockUser serves PUT and POST /users/:id/unblock.
func (a api) unblockUser(w http.ResponseWriter, r *http.Request, req request) error {
	if _, err := a.directory.UnblockUser(r.Context(), req.actor, userID(r)); err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, true)
}
