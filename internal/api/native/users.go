package native

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/filter"
	"roster.example/roster/internal/model"
)

// ByUserID is the input of operations on one user.
type ByUserID struct {
	ID int64 `path:"id" minimum:"1" doc:"The id of the user." example:"42"`
}

func (in ByUserID) user() model.UserID { return model.UserID(in.ID) }

func (a api) addUserOperations(h huma.API) {
	const tag = "users"
	add(h, operation{id: "listUsers", class: expensiveWith("search", "filter", "sort", "total", "role_id"), method: "GET", path: "/users", permission: model.UsersRead, tag: tag,
		summary:     "List users",
		description: "Returns the users that the caller can see: administrators see all users, others see users of their organizations."}, a.listUsers)
	addKeyed(h, operation{id: "createUser", method: "POST", path: "/users", permission: model.UsersManage, tag: tag, status: http.StatusCreated,
		summary:     "Create a user",
		description: "The user can sign in immediately. To let users choose their own passwords, create an invitation."}, a.createUser, createdUser)
	add(h, operation{id: "getUser", method: "GET", path: "/users/{id}", permission: model.SelfRead, tag: tag,
		summary: "Get a user"}, a.getUser)
	add(h, operation{id: "updateUser", method: "PATCH", path: "/users/{id}", permission: model.UsersManage, tag: tag,
		summary: "Update a user", description: "Members that are absent are not changed."}, a.updateUser)
	add(h, operation{id: "deleteUser", method: "DELETE", path: "/users/{id}", permission: model.UsersManage, tag: tag, status: http.StatusNoContent,
		summary: "Delete a user", description: "Deletes the user and all data of the user. Events are kept and refer to the user by id only. A session needs a recent authentication. An administrator is deleted only by credentials of full scope without expiry."}, a.deleteUser)
	add(h, operation{id: "deleteUserIdentity", method: "DELETE", path: "/users/{id}/identities/{provider}", permission: model.UsersManage, tag: tag, status: http.StatusNoContent,
		summary: "Delete an identity of a user",
		description: "The provider must be named exactly. Another user can have the external account afterwards. If-Match refers to the version of the " +
			"user."}, a.deleteUserIdentity)
	add(h, operation{id: "blockUser", method: "POST", path: "/users/{id}/block", permission: model.UsersManage, tag: tag,
		summary:     "Block a user",
		description: "Revokes all credentials of the user immediately, on every API. Unblocking does not restore them. An administrator is blocked only by credentials of full scope without expiry, and by sessions with a recent authentication."}, a.stateHandler(a.directory.BlockUser))
	add(h, operation{id: "unblockUser", method: "POST", path: "/users/{id}/unblock", permission: model.UsersManage, tag: tag,
		summary: "Unblock a user"}, a.stateHandler(a.directory.UnblockUser))
	add(h, operation{id: "deactivateUser", method: "POST", path: "/users/{id}/deactivate", permission: model.SelfWrite, tag: tag,
		summary:     "Deactivate a user",
		description: "Revokes all credentials, like a block, for an account that is not used. Users can deactivate themselves. This, and the deactivation of an administrator, needs a credential of full scope without expiry, or a session with a recent authentication."}, a.stateHandler(a.directory.DeactivateUser))
	add(h, operation{id: "reactivateUser", method: "POST", path: "/users/{id}/reactivate", permission: model.UsersManage, tag: tag,
		summary: "Reactivate a user"}, a.stateHandler(a.directory.ReactivateUser))
	add(h, operation{id: "listUserOrganizations", method: "GET", path: "/users/{id}/organizations", permission: model.UsersRead, tag: tag,
		summary: "List organizations for a user", description: "Each with the role of the user."}, a.listUserOrganizations)
}

type listUsersQuery struct {
	Paging
	FieldSelection
	Search       string `query:"search" maxLength:"510" doc:"Part of the name, username or email address; case is ignored." example:"lovelace"`
	Filter       string `query:"filter" minLength:"1" maxLength:"2000" doc:"Only users that match this SCIM filter (RFC 7644, section 3.4.2.2): comparisons such as username sw \"a\", combined with and, or, not and parentheses. At most 32 comparisons, of which at most 4 with co, sw or ew. Fields: id, uid, username, name, email, state, admin, service, company, organization_id, project_id, created_at, updated_at; for administrators also has_password, last_activity_at, second_factor (\"totp\" or \"passkey\") and ssh_key_type." example:"state eq \"active\" and email ew \"@example.org\""`
	Organization int64  `query:"organization_id" minimum:"1" doc:"Only members of this organization."`
	Role         int64  `query:"role_id" minimum:"1" doc:"Only members with this role: in the organization of organization_id, or in any that the caller can see."`
	Sort         string `query:"sort" enum:"id,-id,name,-name,username,-username,created_at,-created_at" default:"id" doc:"The order. A hyphen reverses it."`
}

func (in listUsersQuery) filter() (model.UserFilter, error) {
	f := model.UserFilter{
		Search: in.Search, Org: model.OrgID(in.Organization), Role: model.RoleID(in.Role), Limit: in.Limit, SkipTotal: !in.Total,
	}
	if in.Filter != "" {
		where, err := filter.Parse(in.Filter)
		if err != nil {
			return f, err
		}
		var state string
		state, f.Where = where.OnlyState()
		f.State = model.State(state)
	}
	f.Order, f.Descending = parseSort(in.Sort)
	if in.Cursor == "" {
		return f, nil
	}
	after, err := model.ParseCursor(in.Cursor)
	if err == nil && after.Order != f.Order {
		err = parameterProblem("cursor", "mismatch", "the cursor belongs to a list in another order; start again without it")
	} else if err != nil {
		err = parameterProblem("cursor", "malformed", "send the member next of the previous page without changes")
	}
	f.After = &after
	return f, err
}

func (a api) listUsers(ctx context.Context, actor model.Actor, in *listUsersQuery) (*body[list[user]], error) {
	filter, err := in.filter()
	if err != nil {
		return nil, err
	}
	filter.Limit++ // one item more shows whether there is a next page
	page, err := a.directory.Users(ctx, actor, filter)
	if err != nil {
		return nil, err
	}
	return bodyOf(pageOf(in.Paging, filter.Order, page, func(u model.User) model.User { return u }, newUser)), nil
}

func (a api) createUser(ctx context.Context, actor model.Actor, in *struct {
	Keyed
	Body createUserRequest
}) (model.User, error) {
	return a.createUserAs(ctx, actor, in.Body)
}

func (a api) createUserAs(ctx context.Context, actor model.Actor, n createUserRequest) (model.User, error) {
	u, err := a.directory.CreateUser(ctx, actor, n.newUser())
	return u, renameFields(err, userFieldNames())
}

func (a api) updateUserAs(ctx context.Context, actor model.Actor, id model.UserID, c directory.UserChange) (model.User, error) {
	u, err := a.directory.ChangeUser(ctx, actor, id, c)
	return u, renameFields(err, userFieldNames())
}

// userFieldNames maps field names of the directory to members of the body.
func userFieldNames() map[string]string {
	return map[string]string{
		"provider": "identity.provider", "extern_uid": "identity.uid", "organization": "organization_id", "role": "role_id",
	}
}

func createdUser(u model.User) *created[user] {
	return &created[user]{Location: apiPath("/users/%d", u.ID), ETag: etag(u.Version()), Body: newUser(u)}
}

func (a api) getUser(ctx context.Context, actor model.Actor, in *struct {
	ByUserID
	FieldSelection
}) (*versioned[user], error) {
	return versionedUser(a.directory.User(ctx, actor, in.user()))
}

func (a api) updateUser(ctx context.Context, actor model.Actor, in *struct {
	ByUserID
	IfMatchHeader
	Body updateUserRequest
}) (*versioned[user], error) {
	change := in.Body.userChange()
	change.IfVersion = in.version()
	return versionedUser(a.updateUserAs(ctx, actor, in.user(), change))
}

// versionedUser returns a user with its version.
func versionedUser(u model.User, err error) (*versioned[user], error) {
	if err != nil {
		return nil, err
	}
	return &versioned[user]{ETag: etag(u.Version()), Body: newUser(u)}, nil
}

func (a api) deleteUser(ctx context.Context, actor model.Actor, in *ByUserID) (*noContent, error) {
	_, err := a.directory.DeleteUser(ctx, actor, in.user())
	return nil, err
}

// deleteUserIdentity follows GitLab's DELETE /users/:id/identities/:provider (API v4).
func (a api) deleteUserIdentity(ctx context.Context, actor model.Actor, in *struct {
	ByUserID
	IfMatchHeader
	Provider string `path:"provider" maxLength:"255" doc:"The name of the provider." example:"ldapmain"`
}) (*noContent, error) {
	_, err := a.directory.RemoveIdentity(ctx, actor, in.user(), in.Provider, in.version())
	return nil, err
}

// stateHandler returns the handler of an operation that changes the state of a user.
func (a api) stateHandler(do func(context.Context, model.Actor, model.UserID) (model.User, error)) func(context.Context, model.Actor, *ByUserID) (*versioned[user], error) {
	return func(ctx context.Context, actor model.Actor, in *ByUserID) (*versioned[user], error) {
		return versionedUser(do(ctx, actor, in.user()))
	}
}

func (a api) listUserOrganizations(ctx context.Context, actor model.Actor, in *ByUserID) (*body[list[membership]], error) {
	all, err := a.directory.MembershipsOf(ctx, actor, in.user())
	if err != nil {
		return nil, err
	}
	return bodyOf(completeList(all, newMembership)), nil
}
