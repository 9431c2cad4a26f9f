package directory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
)

// notices returns the texts of all emails to an address that were not read yet.
func (h *fixture) notices(to string) string {
	h.T.Helper()
	var all []string
	for m, ok := h.NextEmail(to); ok; m, ok = h.NextEmail(to) {
		all = append(all, m.Text)
	}
	return strings.Join(all, "\n")
}

// takeOver changes the primary address of a user by its session and verifies the new one at once.
func (h *fixture) takeOver(session model.Actor, to string) {
	h.T.Helper()
	h.changeAddress(session, to)
	h.Must(none(h.VerifyEmail(h.T.Context(), caller(model.Native), h.EmailedToken(to))))
}

// An attacker with a session changes the address and verifies it at once. The owner still receives notices at
// the former address.
func TestFormerPrimaryAddressReceivesNoticesForAWeek(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve := h.addVerifiedUser("eve")
	session := h.SessionOf("eve")
	h.takeOver(session, "thief@example.net")
	h.notices(address("eve"))
	h.Must(none(h.AddKey(t.Context(), session, eve.ID, model.NewKey{Key: sshLine(t), Title: "door"})))
	for to, former := range map[string]bool{"thief@example.net": false, address("eve"): true} {
		text := h.notices(to)
		if !strings.Contains(text, "SSH key “door” was added") || strings.Contains(text, "This address receives security notices for some days") != former {
			t.Errorf("%s received\n%s", to, text)
		}
	}
	h.takeOver(session, "second@example.net")
	if text := h.notices(address("eve")); !strings.Contains(text, "the email address of your account was changed") {
		t.Errorf("the next change of the address is reported by\n%s", text)
	}
	if all := must(t, func() ([]model.NoticeAddress, error) { return h.NoticeAddresses(t.Context(), session) }); len(all) != 2 {
		t.Errorf("notice addresses %+v", all)
	}
	h.Clock.Advance(8 * 24 * time.Hour)
	h.Must(h.RunMaintenance(t.Context(), operator()))
	h.Must(none(h.AddKey(t.Context(), h.SessionOf("eve"), eve.ID, model.NewKey{Key: sshLine(t), Title: "later"})))
	if text := h.notices(address("eve")); strings.Contains(text, "“later”") {
		t.Errorf("after a week the former address receives\n%s", text)
	}
}

// Many changes do not drop the first address, which is the owner's.
func TestManyChangesOfTheAddressKeepTheFirstForNotices(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.AccountFailures = 100 })
	h.addVerifiedUser("eve")
	session := h.SessionOf("eve")
	for i := range 8 {
		h.takeOver(session, fmt.Sprintf("thief%d@example.net", i))
	}
	all := must(t, func() ([]model.NoticeAddress, error) { return h.NoticeAddresses(t.Context(), session) })
	if len(all) != 5 || all[0].Address != address("eve") {
		t.Errorf("notice addresses %+v", all)
	}
}

// An administrator returns an account to its owner: the address of the attacker receives nothing more.
func TestAddressThatAnAdministratorReplacesReceivesNoNotices(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve := h.addVerifiedUser("eve")
	h.takeOver(h.SessionOf("eve"), "thief@example.net")
	h.Must(h.change(operator(), eve.ID, directory.UserChange{Email: ref(address("eve"))}))
	h.Must(none(h.VerifyEmail(t.Context(), caller(model.Native), h.EmailedToken(address("eve")))))
	h.notices("thief@example.net")
	h.Must(none(h.AddKey(t.Context(), h.SessionOf("eve"), eve.ID, model.NewKey{Key: sshLine(t), Title: "own"})))
	if text := h.notices("thief@example.net"); text != "" {
		t.Errorf("the attacker receives\n%s", text)
	}
}

func TestOwnerIsNotifiedOnceOfWrongCodesAfterTheRightPassword(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.addVerifiedUser("ada")
	h.AddApp(h.SessionOf("ada"))
	h.notices(address("ada"))
	guess := func(network int) error {
		login := login.Attempt{Name: "ada", Password: password("ada"), Factor: code("000000")}
		return none(h.LogIn(t.Context(), model.AnonymousActor(model.Native, fmt.Sprintf("203.0.%d.9", network), "x"), login, model.ConsoleLogin))
	}
	for i := range 2 {
		wantFault(t, guess(i), "code", fault.WrongCode)
	}
	if text := h.notices(address("ada")); text != "" {
		t.Errorf("two wrong codes are reported:\n%s", text)
	}
	for i := range 9 {
		_ = guess(i) // wrong, or limited
	}
	if text := h.notices(address("ada")); strings.Count(text, "the right password was entered from 203.0.") != 1 {
		t.Errorf("the owner received\n%s", text)
	}
	h.Clock.Advance(30 * time.Minute)
	for i := range 3 {
		_ = guess(i) // wrong, or limited
	}
	if text := h.notices(address("ada")); strings.Count(text, "the right password was entered") != 1 {
		t.Errorf("in the next window the owner received\n%s", text)
	}
}

func TestWrongCodesAfterAWrongPasswordAreNotReported(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.addVerifiedUser("ada")
	h.AddApp(h.SessionOf("ada"))
	h.notices(address("ada"))
	for range 8 {
		_, err := h.LogIn(t.Context(), caller(model.Native), login.Attempt{Name: "ada", Password: "a guess", Factor: code("000000")}, model.ConsoleLogin)
		wantKind(t, err, fault.Unauthenticated)
	}
	if text := h.notices(address("ada")); text != "" {
		t.Errorf("the owner received\n%s", text)
	}
}

// A copied passkey is recorded and reported each time, alone and beside the password.
func TestOwnerIsNotifiedOfACopiedPasskey(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	d := directorytest.NewDevice(h.addVerifiedUser("ada"))
	h.AddPasskey(h.SessionOf("ada"), d)
	for range 5 {
		h.wantSignIn("original", h.Prove(d))
	}
	for name, login := range map[string]login.Attempt{"alone": {}, "beside the password": {Name: "ada", Password: password("ada")}} {
		h.notices(address("ada"))
		before := h.countEvents(model.SessionFail)
		d.Credential.Counter = 1
		login.Factor = h.Prove(d)
		wantFault(t, none(h.LogIn(t.Context(), caller(model.Native), login, model.ConsoleLogin)), "passkey", fault.Mismatch)
		if text := h.notices(address("ada")); !strings.Contains(text, "it used a copy of a passkey of your account") {
			t.Errorf("%s: the owner received\n%s", name, text)
		}
		if n := h.countEvents(model.SessionFail) - before; n != 1 {
			t.Errorf("%s: %d events", name, n)
		}
	}
}

func (h *fixture) countEvents(verb model.Verb) int {
	h.T.Helper()
	n := 0
	for _, e := range h.AllEvents() {
		if e.Verb == verb {
			n++
		}
	}
	return n
}
