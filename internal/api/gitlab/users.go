package gitlab

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/web"
)

// users answers GET /users: page, per_page, and the filters of later versions.
func (a api) users(w http.ResponseWriter, r *http.Request, c call) error {
	page := web.ParsePage(c.in)
	found, err := a.find(r.Context(), c, page)
	if err != nil {
		return err
	}
	show, err := a.shown(r.Context(), c.who)
	if err != nil {
		return err
	}
	rows := make(web.JSON, 0, personSize*(1+len(found.Items))).Open('[')
	for i := range found.Items {
		rows = show(rows, &found.Items[i])
	}
	a.describe(w, r, c, page, found, "search", "active", "blocked", "username")
	rows.Close(']').Respond(w, http.StatusOK)
	return nil
}

// deepOffset is how many rows before a page make it an expensive read: where the lists
// of ids are not in memory, the database passes over all of them. It is the number up to
// which matches are counted as well.
const deepOffset = directory.CountLimit

// listClass returns the class of a request for GET /users. Searches, lists by state and
// deep pages are expensive reads.
func listClass(r *http.Request) admission.Class {
	in := inQuery(r)
	if web.ParsePage(in).Offset() >= deepOffset || in.Present("active") || in.Present("blocked") {
		return admission.ExpensiveReads
	}
	return web.WithQuery(admission.ExpensiveReads, "search", "active", "blocked")(r)
}

// find reads the filters. A filter that cannot be read is none, as a page number
// that cannot be read is the first.
func (a api) find(ctx context.Context, c call, page web.Page) (directory.Page[directory.User], error) {
	filters := attributes{in: c.in}
	if username := filters.text("username"); username != nil && *username != "" {
		return a.named(ctx, c.who, *username, page)
	}
	filter := directory.UserFilter{
		Search: or(filters.text("search"), ""), Offset: int(page.Offset()), Limit: page.Size,
	}
	active, blocked := c.in.Present("active"), or(filters.flag("blocked"), false)
	switch {
	case active && blocked:
		return directory.Page[directory.User]{}, nil
	case active:
		filter.State = directory.Active
	case blocked:
		filter.State = directory.Blocked
	}
	return a.directory.Users(ctx, c.who, filter)
}

// named is the list of the one person with this username, or of nobody.
func (a api) named(ctx context.Context, who directory.Actor, username string, page web.Page) (directory.Page[directory.User], error) {
	u, err := a.directory.UserByUsername(ctx, who, username)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return directory.Page[directory.User]{}, nil
	case err != nil || page.Number > 1:
		return directory.Page[directory.User]{Total: 1}, err
	}
	return directory.Page[directory.User]{Items: []directory.User{u}, Total: 1}, nil
}

// shown is the form in which who sees people: whole, unless this server keeps
// the addresses of all from those who do not manage them.
func (a api) shown(ctx context.Context, who directory.Actor) (show, error) {
	if a.config.UsersSee == Basic {
		err := a.directory.Can(ctx, who, directory.UsersManage, 0)
		if fault.KindOf(err) == fault.Forbidden {
			return showBrief, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return showPerson, nil
}

// describe sets the headers by which clients find the other pages of a list, which
// knows these filters. Beyond what is counted there are no totals, as at GitLab.
func (a api) describe(w http.ResponseWriter, r *http.Request, c call, page web.Page, found directory.Page[directory.User], filters ...string) {
	path := r.URL
	// The path as it was sent, with the prefix that the API is mounted at.
	if sent, err := url.ParseRequestURI(r.RequestURI); err == nil {
		path = sent
	}
	base := strings.TrimSuffix(a.config.BaseURL, "/") + path.EscapedPath()
	query := c.given(append(filters, sudo))
	if found.Capped {
		web.SetUncountedPagingHeaders(w, base, query, page, len(found.Items) == page.Size)
		return
	}
	web.SetPagingHeaders(w, base, query, page, int64(found.Total))
}

// given is those of the named parameters that say something, for the query of a link.
// sudo is one of them: without it the next page would be read with the rights of the
// administrator who asked as another.
func (c call) given(names []string) url.Values {
	query := url.Values{}
	for _, name := range names {
		if text, _, err := c.in.Text(name); err == nil && c.in.Present(name) {
			query.Set(name, text)
		}
	}
	return query
}

// send answers with one person.
func send(w http.ResponseWriter, status int, show show, u directory.User) {
	shownAs(show, &u).Respond(w, status)
}

// user answers GET /users/:id.
func (a api) user(w http.ResponseWriter, r *http.Request, c call) error {
	u, err := a.directory.User(r.Context(), c.who, userID(r))
	if err != nil {
		return err
	}
	show, err := a.shown(r.Context(), c.who)
	if err != nil {
		return err
	}
	send(w, http.StatusOK, show, u)
	return nil
}

// createUser answers POST /users.
func (a api) createUser(w http.ResponseWriter, r *http.Request, c call) error {
	n, err := newUser(c.in)
	if err != nil {
		return err
	}
	u, err := a.directory.CreateUser(r.Context(), c.who, n)
	if err != nil {
		return notGiven(err, n.Required...)
	}
	send(w, http.StatusCreated, showPerson, u)
	return nil
}

// changeUser answers PUT /users/:id.
func (a api) changeUser(w http.ResponseWriter, r *http.Request, c call) error {
	change, err := userChange(c.in)
	if err != nil {
		return err
	}
	u, err := a.directory.ChangeUser(r.Context(), c.who, userID(r), change)
	if err != nil {
		return err
	}
	send(w, http.StatusOK, showPerson, u)
	return nil
}

// deleteUser answers DELETE /users/:id. An id that no user has is no error, and
// neither is one that is no number: the user is gone either way (seed 003, "Deletes a
// user").
func (a api) deleteUser(w http.ResponseWriter, r *http.Request, c call) error {
	u, err := a.directory.DeleteUser(r.Context(), c.who, userID(r))
	if fault.KindOf(err) == fault.NotFound {
		return web.WriteJSON(w, http.StatusOK, nil)
	}
	if err != nil {
		return err
	}
	send(w, http.StatusOK, showPerson, u)
	return nil
}

// block answers PUT and POST /users/:id/block.
func (a api) block(w http.ResponseWriter, r *http.Request, c call) error {
	if _, err := a.directory.BlockUser(r.Context(), c.who, userID(r)); err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, true)
}

// unblock answers PUT and POST /users/:id/unblock.
func (a api) unblock(w http.ResponseWriter, r *http.Request, c call) error {
	if _, err := a.directory.UnblockUser(r.Context(), c.who, userID(r)); err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, true)
}
