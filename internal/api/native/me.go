package native

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

func (a api) me(h huma.API) {
	const tag = "me"
	add(h, operation{id: "getMe", method: "GET", path: "/me", needs: directory.SelfRead, tag: tag, summary: "Show oneself"}, a.getMe)
	add(h, operation{id: "changeMe", method: "PATCH", path: "/me", needs: directory.SelfWrite, tag: tag, summary: "Change oneself",
		about: "What is absent stays as it is."}, a.changeMe)
	add(h, operation{id: "changePassword", method: "PUT", path: "/me/password", needs: directory.SelfCredentials, tag: tag, status: http.StatusNoContent,
		summary: "Change one's password", about: "With the present one; all other logins end."}, a.changePassword)
	addKeyed(h, operation{id: "renewAPIKey", method: "POST", path: "/me/api-key", needs: directory.SelfCredentials, tag: tag, status: http.StatusCreated,
		summary: "Make oneself a new API key", about: "The one credential that the old APIs show again; the one before is dead at once. Needs a credential of full scope."}, a.renewAPIKey, renewedAPIKey)
	add(h, operation{id: "listMyOrganizations", method: "GET", path: "/me/organizations", needs: directory.SelfRead, tag: tag,
		summary: "List one's organizations", about: "With the role in each."}, a.myOrganizations)
}

func (a api) getMe(ctx context.Context, who directory.Actor, _ *Choice) (*tagged[user], error) {
	return tag(a.directory.Me(ctx, who))
}

// selfChange is the body of a change of oneself.
type selfChange struct {
	Profile
	Email *string `json:"email,omitempty" maxLength:"254" doc:"The primary address. A link is mailed to it; until it is followed, the one before stays as the way back."`
}

func (a api) changeMe(ctx context.Context, who directory.Actor, in *struct {
	OnCondition
	Body selfChange
}) (*tagged[user], error) {
	return tag(a.directory.ChangeMe(ctx, who, directory.SelfChange{
		Email: in.Body.Email, GivenName: in.Body.GivenName, FamilyName: in.Body.FamilyName, Profile: in.Body.change(), IfVersion: in.version(),
	}))
}

type passwordChange struct {
	Current string `json:"current_password,omitempty" maxLength:"1024" doc:"Needed by who has one." example:"correct horse battery staple"`
	Next    string `json:"new_password" minLength:"1" maxLength:"1024" example:"nanoseconds in a wire"`
}

func (a api) changePassword(ctx context.Context, who directory.Actor, in *struct{ Body passwordChange }) (*nothing, error) {
	err := a.directory.ChangePassword(ctx, who, text(in.Body.Current), text(in.Body.Next))
	return nil, asSent(err, map[string]string{"password": "new_password"})
}

type apiKey struct {
	Key string `json:"api_key" doc:"A credential for scripts, at every API." example:"…"`
}

func (a api) renewAPIKey(ctx context.Context, who directory.Actor, _ *Keyed) (secret.Text, error) {
	return a.directory.NewAPIKey(ctx, who)
}

func renewedAPIKey(key secret.Text) *body[apiKey] { return bodyOf(apiKey{key.Reveal()}) }

func (a api) myOrganizations(ctx context.Context, who directory.Actor, _ *struct{}) (*body[list[membership]], error) {
	all, err := a.directory.MyOrganizations(ctx, who)
	return listed(all, newMembership, err)
}
