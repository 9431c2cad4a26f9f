package native

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

func (a api) addMeOperations(h huma.API) {
	const tag = "me"
	add(h, operation{id: "getMe", method: "GET", path: "/me", permission: model.SelfRead, tag: tag,
		summary: "Get the authenticated user"}, a.getMe)
	add(h, operation{id: "updateMe", method: "PATCH", path: "/me", permission: model.SelfWrite, tag: tag,
		summary: "Update the authenticated user", description: "Members that are absent are not changed."}, a.updateMe)
	add(h, operation{id: "changeMyPassword", method: "PUT", path: "/me/password", permission: model.SelfCredentials, tag: tag, status: http.StatusNoContent,
		summary: "Change your password", description: "Requires the current password. All other sessions end."}, a.changeMyPassword)
	addKeyed(h, operation{id: "rotateAPIKey", method: "POST", path: "/me/api-key", permission: model.SelfCredentials, tag: tag, status: http.StatusCreated,
		summary: "Rotate your API key",
		description: "Creates a new API key, the one credential that the compatible APIs show again, and revokes the previous one immediately. Requires " +
			"a credential of full scope."}, a.rotateAPIKey, rotatedAPIKey)
	add(h, operation{id: "listMyOrganizations", method: "GET", path: "/me/organizations", permission: model.SelfRead, tag: tag,
		summary: "List organizations for the authenticated user", description: "Each with the role of the user."}, a.listMyOrganizations)
}

func (a api) getMe(ctx context.Context, actor model.Actor, _ *FieldSelection) (*versioned[user], error) {
	return versionedUser(a.directory.Me(ctx, actor))
}

// updateMeRequest is the body of an update of the caller.
type updateMeRequest struct {
	Profile
	Email           *string `json:"email,omitempty" maxLength:"254" doc:"The primary email address. A link is emailed to it. Until the link is followed, the previous address can still be used to recover the account."`
	CurrentPassword string  `json:"current_password,omitempty" maxLength:"1024" doc:"The current password of the caller. A change of the address needs it with a token that expires, or with a session that did not verify the password recently."`
}

func (a api) updateMe(ctx context.Context, actor model.Actor, in *struct {
	IfMatchHeader
	Body updateMeRequest
}) (*versioned[user], error) {
	return versionedUser(a.directory.ChangeMe(ctx, actor, directory.SelfChange{
		Email: in.Body.Email, GivenName: in.Body.GivenName, FamilyName: in.Body.FamilyName, Profile: in.Body.profileChange(),
		CurrentPassword: secretText(in.Body.CurrentPassword), IfVersion: in.version(),
	}))
}

type changePasswordRequest struct {
	Current string `json:"current_password,omitempty" maxLength:"1024" doc:"Required if the user has a password." example:"correct horse battery staple"`
	New     string `json:"new_password" minLength:"1" maxLength:"1024" example:"nanoseconds in a wire"`
}

func (a api) changeMyPassword(ctx context.Context, actor model.Actor, in *struct{ Body changePasswordRequest }) (*noContent, error) {
	err := a.directory.ChangePassword(ctx, actor, secretText(in.Body.Current), secretText(in.Body.New))
	return nil, renameFields(err, map[string]string{"password": "new_password"})
}

type apiKey struct {
	Key string `json:"api_key" doc:"A credential for scripts, for every API." example:"…"`
}

func (a api) rotateAPIKey(ctx context.Context, actor model.Actor, _ *Keyed) (secret.Text, error) {
	return a.directory.RotateAPIKey(ctx, actor)
}

func rotatedAPIKey(key secret.Text) *body[apiKey] { return bodyOf(apiKey{key.Reveal()}) }

func (a api) listMyOrganizations(ctx context.Context, actor model.Actor, _ *struct{}) (*body[list[membership]], error) {
	all, err := a.directory.MyOrganizations(ctx, actor)
	return listResponse(all, newMembership, err)
}
