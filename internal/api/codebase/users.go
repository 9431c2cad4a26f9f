package codebase

import (
	"context"
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
)

// getProfile answers GET /profile with the authenticated user.
func (a *api) getProfile(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	own, err := a.directory.Self(r.Context(), actor, directory.SelfFields{APIKey: true, Projects: true})
	if err != nil {
		return err
	}
	writeDocument(w, r, http.StatusOK, objectDocument("user", newUser(&own.User, own.Projects, own.APIKey)))
	return nil
}

// listUsers answers GET /users with all users of the account: this API has no paging.
func (a *api) listUsers(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	out := newListStream(w, r, "users", "user")
	err := out.begin()
	if err == nil {
		err = model.Batches(model.UserFilter{Org: actor.OrgID()},
			func(f model.UserFilter) (model.Page[model.User], error) {
				return a.directory.Users(out.Context(), actor, f)
			},
			func(users []model.User) error {
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

// userValues adds to users their projects in the account of the request, and the API keys that the
// actor can see.
func (a *api) userValues(ctx context.Context, actor model.Actor, users []model.User) ([]value, error) {
	ids := make([]model.UserID, 0, len(users))
	for _, u := range users {
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
	shown := make([]value, 0, len(users))
	for i := range users {
		u := &users[i]
		shown = append(shown, newUser(u, projects[u.ID], keys[u.ID]))
	}
	return shown, nil
}

// createUser answers POST /users: it creates an invited user, who gets a link by email to complete
// the sign-up.
func (a *api) createUser(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	// The permission is checked first, so that an unauthorized actor gets no validation errors.
	if err := a.directory.Can(r.Context(), actor, model.UsersInvite, actor.OrgID()); err != nil {
		return err
	}
	f, err := a.readForm(r, "user")
	if err != nil {
		return err
	}
	n := invitation.NewInvitation{
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
	// An invited user has no projects and no key.
	writeDocument(w, r, http.StatusCreated, objectDocument("user", newUser(&sent.User, nil, "")))
	return nil
}

// noRole is an id that no role has: ids start at 1.
const noRole model.RoleID = -1

// role returns the requested role, 0 for the default. For an invalid id it returns noRole, which
// the directory rejects like an unknown role.
func (f *form) role() model.RoleID {
	id, given, err := f.params.Int("role_id")
	switch {
	case err != nil, given && id < 1:
		return noRole
	}
	return model.RoleID(id)
}
