package codebase

import (
	"context"
	"net/http"

	"roster.example/roster/internal/directory"
)

// profile answers GET /profile with the caller.
func (a *api) getProfile(w http.ResponseWriter, r *http.Request, actor directory.Actor) error {
	own, err := a.directory.Self(r.Context(), actor, directory.SelfFields{APIKey: true, Projects: true})
	if err != nil {
		return err
	}
	writeDocument(w, r, http.StatusOK, objectDocument("user", newUser(&own.User, own.Projects, own.APIKey)))
	return nil
}

// users answers GET /users with everybody of the account: clients know no pages.
func (a *api) listUsers(w http.ResponseWriter, r *http.Request, actor directory.Actor) error {
	out := newListStream(w, r, "users", "user")
	err := out.begin()
	if err == nil {
		err = directory.Batches(directory.UserFilter{Org: actor.OrgID()},
			func(f directory.UserFilter) (directory.Page[directory.User], error) {
				return a.directory.Users(out.Context(), actor, f)
			},
			func(users []directory.User) error {
				shown, err := a.userValues(out.Context(), actor, users)
				if err != nil {
					return err
				}
				return out.add(shown)
			})
	}
	if err == nil {
		err = out.end()
	}
	return out.Finish(err)
}

// shown adds to people their projects in the account of the request, and the API
// keys that the caller may see.
func (a *api) userValues(ctx context.Context, actor directory.Actor, people []directory.User) ([]value, error) {
	ids := make([]directory.UserID, 0, len(people))
	for _, u := range people {
		ids = append(ids, u.ID)
	}
	projects, err := a.directory.Assignments(ctx, actor, actor.OrgID(), ids)
	if err != nil {
		return nil, err
	}
	keys, err := a.directory.APIKeys(ctx, actor, ids)
	if err != nil {
		return nil, err
	}
	shown := make([]value, 0, len(people))
	for i := range people {
		u := &people[i]
		shown = append(shown, newUser(u, projects[u.ID], keys[u.ID]))
	}
	return shown, nil
}

// invite answers POST /users: the person is there at once, and is mailed a link
// to complete the sign-up.
func (a *api) createUser(w http.ResponseWriter, r *http.Request, actor directory.Actor) error {
	// Who may not do it learns nothing about what they sent.
	if err := a.directory.Can(r.Context(), actor, directory.UsersInvite, actor.OrgID()); err != nil {
		return err
	}
	f, err := a.readForm(r, "user")
	if err != nil {
		return err
	}
	n := directory.NewInvitation{
		Org: actor.OrgID(), MakeUser: true, Role: f.role(),
		GivenName: f.text("first_name", "given_name"), FamilyName: f.text("last_name", "family_name"),
		Email: f.text("email_address", "email"),
	}
	if err := f.err(); err != nil {
		return err
	}
	sent, err := a.directory.Invite(r.Context(), actor, n)
	if err != nil {
		return err
	}
	// Nobody is assigned or has a key before they accepted.
	writeDocument(w, r, http.StatusCreated, objectDocument("user", newUser(&sent.User, nil, "")))
	return nil
}

// noRole is the identifier of no role: ids count from 1.
const noRole directory.RoleID = -1

// role gives the role that is asked for, 0 for the default. What is not the id of
// a role is left to the directory to refuse, as it refuses an unknown one.
func (f *form) role() directory.RoleID {
	id, given, err := f.params.Int("role_id")
	switch {
	case err != nil, given && id < 1:
		return noRole
	}
	return directory.RoleID(id)
}
