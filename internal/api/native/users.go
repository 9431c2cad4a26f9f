package native

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

func text(s string) secret.Text { return secret.Text(s) }

func textOrNil(s *string) *secret.Text {
	if s == nil {
		return nil
	}
	t := text(*s)
	return &t
}

// ByUser is the input of what concerns one person.
type ByUser struct {
	ID int64 `path:"id" minimum:"1" doc:"The person." example:"42"`
}

func (in ByUser) user() directory.UserID { return directory.UserID(in.ID) }

// OnCondition is part of the input of changes that can be bound to a version.
type OnCondition struct {
	IfMatch string `header:"If-Match" maxLength:"255" doc:"Change only this version: the ETag that was read."`
}

// noVersion is the version of nothing.
const noVersion = "none"

// version is what the condition asks for in the words of the directory: "" for
// any version, and several with commas between. A condition that no version can
// meet, such as the tag "" of no bytes or a weak one, is never "any".
func (in OnCondition) version() string {
	if in.IfMatch == "" {
		return ""
	}
	c, err := web.ParseIfMatch([]string{in.IfMatch})
	switch {
	case err != nil:
		return noVersion
	case c.Any:
		return ""
	}
	tags := slices.DeleteFunc(c.Tags, func(tag string) bool { return tag == "" || strings.Contains(tag, ",") })
	return cmp.Or(strings.Join(tags, ","), noVersion)
}

func (a api) users(h huma.API) {
	const tag = "users"
	add(h, operation{id: "listUsers", class: expensiveWith("search", "filter", "sort", "total"), method: "GET", path: "/users", needs: directory.UsersRead, tag: tag,
		summary: "List people", about: "Whom the caller may see: administrators everybody, others who shares an organization with them."}, a.listUsers)
	addKeyed(h, operation{id: "createUser", method: "POST", path: "/users", needs: directory.UsersManage, tag: tag,
		summary: "Make a person", about: "The person can come in at once. See invitations for people who choose their own password.", status: http.StatusCreated}, a.createUser, createdUser)
	add(h, operation{id: "getUser", method: "GET", path: "/users/{id}", needs: directory.SelfRead, tag: tag, summary: "Show a person"}, a.getUser)
	add(h, operation{id: "changeUser", method: "PATCH", path: "/users/{id}", needs: directory.UsersManage, tag: tag,
		summary: "Change a person", about: "What is absent stays as it is."}, a.changeUser)
	add(h, operation{id: "deleteUser", method: "DELETE", path: "/users/{id}", needs: directory.UsersManage, tag: tag, status: http.StatusNoContent,
		summary: "Delete a person", about: "With all that is theirs. Events stay and name them by id alone."}, a.deleteUser)
	add(h, operation{id: "removeIdentity", method: "DELETE", path: "/users/{id}/identities/{provider}", needs: directory.UsersManage, tag: tag, status: http.StatusNoContent,
		summary: "Take an identity away from a person", about: "Their account at that provider, by its exact name, is free for somebody else then. If-Match is the version of the person."}, a.removeIdentity)
	add(h, operation{id: "blockUser", method: "POST", path: "/users/{id}/block", needs: directory.UsersManage, tag: tag,
		summary: "Keep a person out", about: "Every credential ends in the same moment, at every API; none comes back by unblocking."}, a.state(a.directory.BlockUser))
	add(h, operation{id: "unblockUser", method: "POST", path: "/users/{id}/unblock", needs: directory.UsersManage, tag: tag,
		summary: "Let a person in again"}, a.state(a.directory.UnblockUser))
	add(h, operation{id: "deactivateUser", method: "POST", path: "/users/{id}/deactivate", needs: directory.SelfWrite, tag: tag,
		summary: "Put a person to rest", about: "As a block ends every credential, and says nothing against the person. People may do it to themselves."}, a.state(a.directory.DeactivateUser))
	add(h, operation{id: "reactivateUser", method: "POST", path: "/users/{id}/reactivate", needs: directory.UsersManage, tag: tag,
		summary: "Let a person in again who was put to rest"}, a.state(a.directory.ReactivateUser))
	add(h, operation{id: "listMembershipsOfUser", method: "GET", path: "/users/{id}/organizations", needs: directory.UsersRead, tag: tag,
		summary: "List the organizations of a person"}, a.membershipsOf)
}

type listUsersIn struct {
	Paging
	Choice
	Search       string `query:"search" maxLength:"510" doc:"Part of name, username or address, without regard to case." example:"lovelace"`
	Filter       string `query:"filter" minLength:"1" maxLength:"2000" doc:"Only people who are like this, in SCIM's grammar (RFC 7644, section 3.4.2.2): comparisons such as username sw \"a\", joined by and, or, not and parentheses; 32 at most, and 4 of them by co, sw or ew. Fields: id, uid, username, name, email, state, admin, service, company, organization_id, created_at, updated_at; for administrators has_password and last_activity_at as well." example:"state eq \"active\" and email ew \"@example.org\""`
	Organization int64  `query:"organization_id" minimum:"1" doc:"Only members of this organization."`
	Sort         string `query:"sort" enum:"id,-id,name,-name,username,-username,created_at,-created_at" default:"id" doc:"The order; with a hyphen the other way round."`
}

func (in listUsersIn) filter() (directory.UserFilter, error) {
	f := directory.UserFilter{
		Search: in.Search, Org: directory.OrgID(in.Organization), Limit: in.Limit, SkipTotal: !in.Total,
	}
	if in.Filter != "" {
		where, err := directory.ParseCondition(in.Filter)
		if err != nil {
			return f, err
		}
		f.State, f.Where = where.OnlyState()
	}
	f.Order, f.Descending = orderOf(in.Sort)
	if in.Cursor == "" {
		return f, nil
	}
	after, err := directory.ParseCursor(in.Cursor)
	if err == nil && after.Order != f.Order {
		err = unfit("cursor", "mismatch", "it belongs to a list in another order; begin anew without it")
	} else if err != nil {
		err = unfit("cursor", "malformed", "send next of the page before, as it is")
	}
	f.After = &after
	return f, err
}

func (a api) listUsers(ctx context.Context, who directory.Actor, in *listUsersIn) (*body[list[user]], error) {
	filter, err := in.filter()
	if err != nil {
		return nil, err
	}
	filter.Limit++ // one more shows whether there is a next page
	page, err := a.directory.Users(ctx, who, filter)
	if err != nil {
		return nil, err
	}
	shape, err := a.shape(ctx, who)
	if err != nil {
		return nil, err
	}
	return bodyOf(pageOf(in.Paging, filter.Order, page, func(u directory.User) directory.User { return u }, shape)), nil
}

// shape is how who sees people.
func (a api) shape(ctx context.Context, who directory.Actor) (func(directory.User) user, error) {
	err := a.directory.Can(ctx, who, directory.UsersManage, 0)
	switch directory.KindOf(err) {
	case directory.Forbidden:
		return func(u directory.User) user {
			if u.ID == who.UserID() {
				return inFull(u)
			}
			return basics(u)
		}, nil
	default:
		return inFull, err
	}
}

func (a api) createUser(ctx context.Context, who directory.Actor, in *struct {
	Keyed
	Body newUser
}) (directory.User, error) {
	return a.create(ctx, who, in.Body)
}

func (a api) create(ctx context.Context, who directory.Actor, n newUser) (directory.User, error) {
	u, err := a.directory.CreateUser(ctx, who, n.wanted())
	return u, asSent(err, userMembers())
}

func (a api) change(ctx context.Context, who directory.Actor, id directory.UserID, c directory.UserChange) (directory.User, error) {
	u, err := a.directory.ChangeUser(ctx, who, id, c)
	return u, asSent(err, userMembers())
}

// userMembers are the members of the body of a user that the directory names otherwise.
func userMembers() map[string]string {
	return map[string]string{
		"provider": "identity.provider", "extern_uid": "identity.uid", "organization": "organization_id", "role": "role_id",
	}
}

func createdUser(u directory.User) *made[user] {
	return &made[user]{Location: at("/users/%d", u.ID), ETag: etag(u.Version()), Body: inFull(u)}
}

func (a api) getUser(ctx context.Context, who directory.Actor, in *struct {
	ByUser
	Choice
}) (*tagged[user], error) {
	u, err := a.directory.User(ctx, who, in.user())
	if err != nil {
		return nil, err
	}
	shape, err := a.shape(ctx, who)
	if err != nil {
		return nil, err
	}
	return &tagged[user]{ETag: etag(u.Version()), Body: shape(u)}, nil
}

func (a api) changeUser(ctx context.Context, who directory.Actor, in *struct {
	ByUser
	OnCondition
	Body userChange
}) (*tagged[user], error) {
	change := in.Body.change()
	change.IfVersion = in.version()
	return tag(a.change(ctx, who, in.user(), change))
}

// tag is the answer to a change of a person.
func tag(u directory.User, err error) (*tagged[user], error) {
	if err != nil {
		return nil, err
	}
	return &tagged[user]{ETag: etag(u.Version()), Body: inFull(u)}, nil
}

func (a api) deleteUser(ctx context.Context, who directory.Actor, in *ByUser) (*nothing, error) {
	_, err := a.directory.DeleteUser(ctx, who, in.user())
	return nil, err
}

// removeIdentity is shaped like GitLab's DELETE /users/:id/identities/:provider
// (API v4, "Delete an authentication identity for a user").
func (a api) removeIdentity(ctx context.Context, who directory.Actor, in *struct {
	ByUser
	OnCondition
	Provider string `path:"provider" maxLength:"255" doc:"Where the account is." example:"ldapmain"`
}) (*nothing, error) {
	_, err := a.directory.RemoveIdentity(ctx, who, in.user(), in.Provider, in.version())
	return nil, err
}

// state answers the changes of state.
func (a api) state(do func(context.Context, directory.Actor, directory.UserID) (directory.User, error)) func(context.Context, directory.Actor, *ByUser) (*tagged[user], error) {
	return func(ctx context.Context, who directory.Actor, in *ByUser) (*tagged[user], error) {
		return tag(do(ctx, who, in.user()))
	}
}

func (a api) membershipsOf(ctx context.Context, who directory.Actor, in *ByUser) (*body[list[membership]], error) {
	all, err := a.directory.MembershipsOf(ctx, who, in.user())
	if err != nil {
		return nil, err
	}
	return bodyOf(whole(all, newMembership)), nil
}
