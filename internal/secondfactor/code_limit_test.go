package secondfactor_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
)

// An attacker that knows the password and reads the mailbox gets no more guesses by a reset.
func TestMailedLinkGivesNoMoreGuessesOfCodes(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.addVerifiedUser("ada")
	app, _ := h.AddApp(h.SessionOf("ada")) // from the network of the fixture
	login := func(from string, factor secondfactor.Proof) error {
		actor := model.AnonymousActor(model.Native, from, "test")
		return none(h.LogIn(t.Context(), actor, login.Attempt{Name: "ada", Password: password("ada"), Factor: factor}, model.ConsoleLogin))
	}
	guess := func(from string) error { return login(from, code("000000")) }
	network := 0
	for range 60 {
		network++
		if fault.KindOf(guess(fmt.Sprintf("203.%d.113.9", network))) == fault.Limited {
			break
		}
	}
	wantKind(t, guess("198.51.100.7"), fault.Limited)
	h.Must(none(h.ForgotPassword(t.Context(), caller(model.Native), address("ada"))))
	thief := model.AnonymousActor(model.Native, "198.51.100.7", "test")
	m, _ := h.NextEmail(address("ada"))
	for ; !strings.Contains(m.Link, "token="); m, _ = h.NextEmail(address("ada")) {
		if m.Link == "" {
			t.Fatal("no mailed link")
		}
	}
	h.Must(none(h.ResetPassword(t.Context(), thief, directory.Reset{Token: tokenIn(t, m.Link), Password: password("ada"), KeepCredentials: true})))
	wantKind(t, login("198.51.100.7", code(app.Code(1))), fault.Limited)
	_, err := h.SignIn("ada", code(app.Code(1))) // of the network that added the app
	h.Must(err)
	h.Must(none(h.SetPasswordAsOperator(t.Context(), operator(), ada.ID, password("ada"))))
	h.Clock.Advance(time.Minute)
	h.Must(login("198.51.100.7", code(app.Code(1))))
}
