package wekan

import (
	"context"
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// getSelf answers with the document of the authenticated user (seed 002, "User Logged-in").
func (a *api) getSelf(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	user, err := a.directory.Me(r.Context(), actor)
	if err != nil {
		return err
	}
	writeEncoded(w, newSelfDocument(user).encode())
	return nil
}

// listUsers lists all users, disabled ones too, in the order of their creation (seed 002, "User
// List"). This API has no paging.
func (a *api) listUsers(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	setNoCache(w)
	out := web.NewStream(w, r, "application/json")
	err := out.Add(func(text web.JSON) web.JSON { return text.Open('[') })
	if err == nil {
		err = model.Batches(model.UserFilter{},
			func(f model.UserFilter) (model.Page[model.User], error) {
				return a.directory.ManagedUsers(out.Context(), actor, f)
			},
			func(users []model.User) error {
				return web.AddRows(out, users, func(u model.User) any { return listRow{u.UID, listedName(u)} })
			})
	}
	if err == nil {
		err = out.Add(func(text web.JSON) web.JSON { return text.Close(']') })
	}
	return out.Finish(err)
}

// getUser answers with one user; the path has an id or a username. It returns an error if it is the
// id of one user and the username of another.
func (a *api) getUser(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	user, err := a.directory.ManagedUser(r.Context(), actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	writeEncoded(w, newUserDocument(user).encode())
	return nil
}

// userByID finds a user for routes whose path accepts no username.
func (a *api) userByID(ctx context.Context, actor model.Actor, id string) (model.User, error) {
	user, err := a.directory.ManagedUser(ctx, actor, "uid:"+id)
	if err == nil && user.UID != id {
		err = fault.Missing("user")
	}
	return user, err
}

// createUser ignores unknown members: the example of the documentation sends fromAdmin. Without a
// password the user has none.
func (a *api) createUser(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	body, err := a.readBody(r)
	if err != nil {
		return err
	}
	if err := a.directory.Can(r.Context(), actor, model.UsersManage, 0); err != nil {
		return err
	}
	f, err := readAccountFields(body)
	if err != nil {
		return err
	}
	user, err := a.directory.CreateUser(r.Context(), actor, directory.NewUser{
		Username: f.username, Email: f.email, Password: f.password, Limits: model.DefaultLimits(),
	})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, idOnly{user.UID})
}

// editUser executes the member action. For an unknown id Wekan does nothing and answers nothing.
func (a *api) editUser(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	body, err := a.readBody(r)
	if err != nil {
		return err
	}
	action, _ := body["action"].(string)
	user, err := a.setLoginDisabled(r.Context(), actor, r.PathValue("id"), action)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		writeEmpty(w, a.shownStatus(http.StatusNotFound))
		return nil
	case err != nil:
		return err
	case action == "takeOwnership":
		return writeJSON(w, http.StatusOK, []board{})
	}
	writeEncoded(w, newUserDocument(user).encode())
	return nil
}

// setLoginDisabled does nothing for unknown actions, and if administrators disable themselves
// (docs/products/wekan.md, 4.1).
func (a *api) setLoginDisabled(ctx context.Context, actor model.Actor, id, action string) (model.User, error) {
	user, err := a.userByID(ctx, actor, id)
	switch {
	case err != nil:
		return user, err
	case action == "disableLogin" && user.ID != actor.UserID():
		return a.directory.BlockUser(ctx, actor, user.ID)
	case action == "enableLogin":
		return a.directory.UnblockUser(ctx, actor, user.ID)
	}
	return user, nil
}

// deleteUser answers with the id of the path, even if it is unknown.
func (a *api) deleteUser(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	id := r.PathValue("id")
	user, err := a.userByID(r.Context(), actor, id)
	if err == nil {
		_, err = a.directory.DeleteUser(r.Context(), actor, user.ID)
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	return writeJSON(w, http.StatusOK, idOnly{id})
}

// listDomains lists the domains of the primary addresses with their numbers of users.
func (a *api) listDomains(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	counts, err := a.directory.Domains(r.Context(), actor)
	if err != nil {
		return err
	}
	rows := make([]domainCount, 0, len(counts))
	for _, c := range counts {
		rows = append(rows, domainCount{c.Domain, c.Users})
	}
	return writeJSON(w, http.StatusOK, rows)
}
