package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// A request is authenticated by its head, and its body may arrive much later. If the credential ends in
// between, the request does nothing.
func TestCredentialRevokedDuringARequestChangesNothing(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(h *fixture, u model.User){
		"ended by its user": func(h *fixture, u model.User) {
			_, err := h.LogIn(h.T.Context(), caller(model.Native), login.Attempt{Name: u.Username, Password: password(u.Username)}, model.ConsoleLogin)
			h.Must(err)
			h.Must(h.RevokeSessionsOf(h.T.Context(), operator(), u.ID, ""))
			h.Must(none(h.RotateAPIKeyOf(h.T.Context(), operator(), u.ID)))
			for _, token := range must(h.T, func() ([]model.AccessToken, error) { return h.Tokens(h.T.Context(), operator(), u.ID) }) {
				h.Must(h.RevokeToken(h.T.Context(), operator(), u.ID, token.ID))
			}
		},
		"blocked and unblocked": func(h *fixture, u model.User) {
			h.Must(none(h.BlockUser(h.T.Context(), operator(), u.ID)))
			h.Must(none(h.UnblockUser(h.T.Context(), operator(), u.ID)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t)
			ada := h.AddUser("ada", admin)
			h.AddUser("root", admin)
			actors := h.actorsOf(ada)
			h.Clock.Advance(2 * time.Second)
			end(h, ada)
			for kind, actor := range actors {
				h.wantUnauthenticated(kind, actor)
			}
		})
	}
}

func TestCredentialThatExpiresDuringARequestChangesNothing(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada", admin)
	actors := map[string]model.Actor{"a token": h.expiringActor(ada), "a session": h.actorsOf(ada)["a session"]}
	h.Clock.Advance(400 * 24 * time.Hour)
	for kind, actor := range actors {
		h.wantUnauthenticated(kind, actor)
	}
}

// actorsOf returns an actor for each kind of credential of a user.
func (h *fixture) actorsOf(u model.User) map[string]model.Actor {
	h.T.Helper()
	key := must(h.T, func() (secret.Text, error) { return h.RotateAPIKeyOf(h.T.Context(), operator(), u.ID) })
	session := must(h.T, func() (secret.Text, error) { return h.AddSession(u.Username, model.WekanLogin) })
	return map[string]model.Actor{"an API key": h.ActorWith(key), "a session": h.ActorWith(session), "a token": h.Actor(u)}
}

func (h *fixture) wantUnauthenticated(kind string, actor model.Actor) {
	h.T.Helper()
	ctx := h.T.Context()
	for name, err := range map[string]error{
		"make a token":       none2(h.CreateToken(ctx, actor, credential.NewToken{Owner: actor.UserID(), Name: "heir", Scopes: []model.Scope{model.ScopeAPI}})),
		"create a user":      none(h.CreateUser(ctx, actor, directory.NewUser{Username: aName(), Admin: true})),
		"add an SSH key":     none(h.AddKey(ctx, actor, actor.UserID(), model.NewKey{Key: sshLine(h.T)})),
		"change the address": none(h.ChangeMe(ctx, actor, directory.SelfChange{Email: ref("mallory@example.net")})),
		"list tokens":        none(h.Tokens(ctx, actor, actor.UserID())),
	} {
		if fault.KindOf(err) != fault.Unauthenticated {
			h.T.Errorf("%s, %s: got %v", kind, name, err)
		}
	}
}
