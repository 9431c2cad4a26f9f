package directory_test

import (
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

func TestForwardTokenIdentifiesItsSessionAndNothingElse(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada, eve := h.AddUser("ada"), h.AddUser("eve")
	session := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.ConsoleLogin) })
	other := must(t, func() (secret.Text, error) { return h.AddSession("eve", model.ConsoleLogin) })
	forward := func(of secret.Text) secret.Text {
		t.Helper()
		return must(t, func() (secret.Text, error) { return h.ForwardToken(t.Context(), h.ActorWith(of)) })
	}
	token, eves := forward(session), forward(other)
	actor := must(t, func() (model.Actor, error) {
		return h.AuthenticateForward(t.Context(), caller(model.Native), token)
	})
	if actor.UserID() != ada.ID {
		t.Errorf("the token identifies %d", actor.UserID())
	}
	if h.IsValid(token) {
		t.Error("the token is a credential")
	}
	mine, its := strings.Split(token.Reveal(), "."), strings.Split(eves.Reveal(), ".")
	for name, text := range map[string]string{
		"the hash of another user":    mine[0] + "." + mine[1] + "." + its[2],
		"another user":                its[0] + "." + mine[1] + "." + mine[2],
		"another session":             mine[0] + "." + its[1] + "." + mine[2],
		"no hash":                     mine[0] + "." + mine[1] + ".",
		"the session itself":          session.Reveal(),
		"empty":                       "",
		"too long":                    strings.Repeat("1", 5000),
		"numbers that are too large":  "99999999999999999999.1.x",
		"a negative number of a user": "-1." + mine[1] + "." + mine[2],
	} {
		_, err := h.AuthenticateForward(t.Context(), caller(model.Native), secret.Text(text))
		if fault.KindOf(err) != fault.Unauthenticated || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := h.ForwardToken(t.Context(), h.Actor(eve))
	wantKind(t, err, fault.Forbidden) // an access token
}

func TestForwardTokenEndsWithItsSession(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(h *fixture, ada model.User, session secret.Text){
		"sign-out": func(h *fixture, _ model.User, session secret.Text) {
			h.Must(h.LogOut(h.T.Context(), h.ActorWith(session), false))
		},
		"blocked": func(h *fixture, ada model.User, _ secret.Text) {
			h.Must(none(h.BlockUser(h.T.Context(), operator(), ada.ID)))
		},
		"expired": func(h *fixture, _ model.User, _ secret.Text) { h.Clock.Advance(91 * 24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t)
			ada := h.AddUser("ada")
			session := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.ConsoleLogin) })
			token := must(t, func() (secret.Text, error) { return h.ForwardToken(t.Context(), h.ActorWith(session)) })
			end(h, ada, session)
			_, err := h.AuthenticateForward(t.Context(), caller(model.Native), token)
			wantKind(t, err, fault.Unauthenticated)
		})
	}
}
