package ratelimit_test

import (
	"fmt"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
)

// Requests for password resets have a separate counter, so they lock no logins.
func TestResetRequestsDoNotLockLogins(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.RevealingAnswers = 4 })
	h.AddUser("ada")
	actor := caller(model.Native)
	for range 4 {
		h.Must(none(h.ForgotPassword(t.Context(), actor, "nobody@example.org")))
	}
	wantLimited(t, none(h.ForgotPassword(t.Context(), actor, "nobody@example.org")), 10*time.Minute)
	for _, api := range []model.API{model.Native, model.Wekan, model.GitLab, model.PM415} {
		_, err := h.LogIn(t.Context(), caller(api), login.Attempt{Name: "ada", Password: password("ada")}, model.PM415Login)
		h.Must(err)
	}
}

// Responses that reveal accounts lock no logins from known networks, and none through an API that reveals
// nothing.
func TestRevealingAnswersDoNotLockKnownNetworks(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.RevealingAnswers = 4 })
	h.AddUser("ada")
	h.AddUser("ben")
	actor := caller(model.PM415)
	login := func(api model.API, name string) error {
		_, err := h.LogIn(t.Context(), caller(api), login.Attempt{Name: name, Password: password(name)}, model.PM415Login)
		return err
	}
	h.Must(login(model.PM415, "ada"))
	for range 4 {
		wantKind(t, none(h.ForgotPassword(t.Context(), actor, "nobody@example.org")), fault.NotFound)
	}
	wantLimited(t, login(model.PM415, "ben"), 10*time.Minute)
	h.Must(login(model.PM415, "ada"))
	h.Must(login(model.Native, "ben"))
	h.Must(login(model.PM415, "ben"))
}

// A wide network has four times the limit of a network.
func TestWideNetworksAreLimited(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(h *fixture, from string, i int) error{
		"telling": func(h *fixture, from string, _ int) error {
			_, err := h.ForgotPassword(t.Context(), model.AnonymousActor(model.PM415, from, ""), "nobody@example.org")
			if fault.KindOf(err) == fault.NotFound {
				return nil
			}
			return err
		},
		"reset": func(h *fixture, from string, i int) error {
			actor := model.AnonymousActor(model.Native, from, "")
			return none(h.ForgotPassword(t.Context(), actor, address(fmt.Sprint("u", i))))
		},
		"sign-up": func(h *fixture, from string, i int) error {
			actor := model.AnonymousActor(model.Native, from, "")
			return none(h.Register(t.Context(), actor, registration.Input{Email: address(fmt.Sprint("u", i)), Password: password("x")}))
		},
	} {
		for _, network := range []string{"192.0.2.%d", "2001:db8:1:%x::1"} {
			h := newFixture(t, func(o *directory.Options) { o.Login.RevealingAnswers, o.Login.SignUps = 2, 2 })
			for i := range 8 {
				if err := act(h, fmt.Sprintf(network, i), i); err != nil {
					t.Errorf("%s %d from %s: %v", name, i, network, err)
				}
			}
			wantLimited(t, act(h, fmt.Sprintf(network, 99), 99), 10*time.Minute)
			h.Must(act(h, "198.51.100.9", 100))
		}
	}
}
