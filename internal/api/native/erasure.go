package native

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

func (a api) addErasureOperations(h huma.API) {
	const tag = "personal data"
	add(h, operation{id: "getMyErasure", method: "GET", path: "/me/erasure", permission: model.SelfCredentials, tag: tag,
		summary: "Get what erasing your account would do", description: "Returns what would end, and what prevents it."}, a.getErasure)
	add(h, operation{id: "eraseMe", method: "POST", path: "/me/erase", permission: model.SelfCredentials, tag: tag, status: http.StatusNoContent,
		summary: "Erase your account",
		description: "Deletes the account at once, and the invitations and emails to its verified addresses. Events are kept and refer to it by id only. Requires a " +
			"session that was opened by signing in, with a recent authentication; API keys and tokens get 403. The last administrator, and the last Admin of an organization with " +
			"other members, cannot be erased. If users.erase_own_account is false, administrators erase accounts. An email goes to the verified address."}, a.eraseMe)
}

type erasure struct {
	Allowed           bool         `json:"allowed" doc:"Whether the settings let users erase their accounts."`
	Blocked           bool         `json:"blocked" doc:"Whether the settings, last_administrator or last_admin_of prevent the erasure."`
	LastAdministrator bool         `json:"last_administrator" doc:"Whether the user is the last administrator of the server."`
	LastAdminOf       []erasedOrg  `json:"last_admin_of" doc:"Organizations with other members that have no other Admin."`
	Organizations     []erasedOrg  `json:"organizations" doc:"All organizations that the user leaves."`
	Addresses         []string     `json:"addresses"`
	Credentials       erasedCounts `json:"credentials"`
}

type erasedOrg struct {
	ID   int64  `json:"id" example:"2"`
	Name string `json:"name" example:"Acme"`
}

type erasedCounts struct {
	Keys           int  `json:"keys" example:"2"`
	Tokens         int  `json:"tokens" example:"1"`
	Sessions       int  `json:"sessions" example:"3"`
	Authenticators int  `json:"authenticators" example:"1"`
	APIKey         bool `json:"api_key"`
}

func newErasedOrg(o model.Organization) erasedOrg { return erasedOrg{int64(o.ID), o.Name} }

func (a api) getErasure(ctx context.Context, actor model.Actor, _ *struct{}) (*body[erasure], error) {
	e, err := a.directory.Erasure(ctx, actor)
	if err != nil {
		return nil, err
	}
	return bodyOf(newErasure(e)), nil
}

func newErasure(e directory.Erasure) erasure {
	return erasure{
		Allowed: e.Allowed, Blocked: e.Blocked(), LastAdministrator: e.LastAdministrator, LastAdminOf: mapSlice(e.LastAdminOf, newErasedOrg),
		Organizations: mapSlice(e.Memberships, func(m model.Membership) erasedOrg { return newErasedOrg(m.Organization) }),
		Addresses:     mapSlice(e.Addresses, func(m model.Email) string { return m.Address }),
		Credentials:   erasedCounts{e.Keys, e.Tokens, e.Sessions, e.Authenticators, e.APIKey},
	}
}

type eraseMeRequest struct {
	ConfirmUsername string `json:"confirm_username" minLength:"1" maxLength:"255" doc:"The username of the caller; the primary address of a user without one." example:"ada"`
}

func (a api) eraseMe(ctx context.Context, actor model.Actor, in *struct{ Body eraseMeRequest }) (*noContent, error) {
	return nil, a.directory.EraseAccount(ctx, actor, in.Body.ConfirmUsername)
}
