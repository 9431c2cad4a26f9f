package directory_test

import (
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

// recoveryAddress requests a recovery and returns the address that got the link.
func (h *fixture) recoveryAddress(with string, candidates ...string) string {
	h.T.Helper()
	_, err := h.ForgotPassword(h.T.Context(), caller(model.PM415), with)
	h.Must(err)
	for _, to := range candidates {
		if m, found := h.NextEmail(to); found && strings.Contains(m.Link, "/reset-password/") {
			return to
		}
	}
	return ""
}

// An attacker with ada's open session tries to take over the account.
func TestStolenSessionCannotTakeTheAccountByAnotherAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.MailPerHour, o.MailPerDay = 100, 100 })
	ada := h.addVerifiedUser("ada")
	stolen := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.WekanLogin) })
	thief := h.ActorWith(stolen)
	h.changeAddress(thief, "thief@example.net")
	key := must(t, func() (secret.Text, error) { return h.RotateAPIKey(t.Context(), thief) })
	proof := h.EmailedToken("thief@example.net")
	warning, lineSeq := h.NextEmail(address("ada"))
	for lineSeq && strings.Contains(warning.Text, "API key of your account was replaced") {
		warning, lineSeq = h.NextEmail(address("ada"))
	}
	if !lineSeq || !strings.Contains(warning.Link, "/account/revert-address/") || !strings.Contains(warning.Text, "t***@example.net") || strings.Contains(warning.Text, "thief") {
		t.Errorf("ada gets %q", warning.Text)
	}

	// The link is mailed to ada, whichever address the thief enters.
	for _, with := range []string{"thief@example.net", address("ada")} {
		if to := h.recoveryAddress(with, "thief@example.net", address("ada")); to != address("ada") {
			t.Fatalf("asked with %s, the link went to %q", with, to)
		}
	}
	// The attacker cannot prevent the revert either.
	kept := must(t, func() ([]model.Email, error) { return h.Emails(t.Context(), thief, ada.ID) })[1]
	_, err := h.RemoveEmail(t.Context(), thief, ada.ID, kept.ID)
	wantFault(t, err, "email", fault.Reserved)
	h.changeAddress(thief, "second@example.net")
	secondProof := h.EmailedToken("second@example.net")
	if to := h.recoveryAddress("second@example.net", "second@example.net", address("ada")); to != address("ada") {
		t.Fatalf("after a second change the link went to %q", to)
	}

	// After ada opens the link, the account is as before, and the attacker has no access.
	h.Must(h.resetPassword(h.requestReset(address("ada")), password("ada")))
	if h.IsValid(stolen) || h.IsValid(key) {
		t.Error("the thief still has a way in")
	}
	if got := h.addresses(ada); len(got) != 1 || got[0] != address("ada") {
		t.Errorf("the addresses are %v", got)
	}
	for _, late := range []secret.Text{proof, secondProof} {
		_, err := h.VerifyEmail(t.Context(), caller(model.PM415), late)
		wantKind(t, err, fault.Expired)
	}
}

func TestChangedAddressIsUsedOnceItIsVerified(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(h *fixture, u model.User) error{
		"by oneself": func(h *fixture, u model.User) error {
			_, err := h.ChangeMe(t.Context(), h.Actor(u), directory.SelfChange{Email: ref("new@example.org")})
			return err
		},
		"by an administrator": func(h *fixture, u model.User) error {
			return h.change(operator(), u.ID, directory.UserChange{Email: ref("new@example.org")})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t)
			u := h.addVerifiedUser("ada")
			h.Must(change(h, u))
			if got := h.addresses(u); len(got) != 2 || got[0] != "new@example.org" || got[1] != address("ada") {
				t.Errorf("meanwhile the addresses are %v", got)
			}
			letter, found := h.NextEmail("new@example.org")
			if !found || strings.Contains(letter.Text, "signed up") || strings.Contains(letter.Text, "unused") {
				t.Fatalf("the new address is asked %q", letter.Text)
			}
			before := h.recoveryAddress("new@example.org", address("ada"))
			if before != address("ada") {
				t.Errorf("before, the link went to %q", before)
			}
			must(t, func() (model.User, error) {
				return h.VerifyEmail(t.Context(), caller(model.PM415), tokenIn(t, letter.Link))
			})
			if got := h.addresses(u); len(got) != 1 || got[0] != "new@example.org" {
				t.Errorf("in the end the addresses are %v", got)
			}
			if to := h.recoveryAddress("new@example.org", "new@example.org", address("ada")); to != "new@example.org" {
				t.Errorf("in the end the link went to %q", to)
			}
			h.AddUser("eve", func(n *directory.NewUser) { n.Email = address("ada") }) // it is free again
		})
	}
}

func TestResetLinkEndsWhenTheAddressChanges(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.addVerifiedUser("ada")
	h.changeAddress(h.Actor(u), "new@example.org")
	proof, link := h.EmailedToken("new@example.org"), h.requestReset(address("ada"))
	must(t, func() (model.User, error) { return h.VerifyEmail(t.Context(), caller(model.PM415), proof) })
	wantKind(t, h.resetPassword(link, password("new")), fault.Expired)
}

func TestRevertedChangeNeedsNoVerification(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.addVerifiedUser("ada")
	actor := h.Actor(u)
	h.changeAddress(actor, "new@example.org")
	h.changeAddress(actor, "Ada@example.org")
	emails := must(t, func() ([]model.Email, error) { return h.Emails(t.Context(), actor, u.ID) })
	if len(emails) != 1 || !emails[0].Verified || emails[0].PreviousPrimary || emails[0].Address != "Ada@example.org" {
		t.Errorf("the addresses are %+v", emails)
	}
}

// Fold treats ß and ss as equal, mail servers do not.
func TestAddressWithTheSameKeyIsNotVerified(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada", func(n *directory.NewUser) { n.Email = "strauß@example.org" })
	h.Must(h.resetPassword(h.requestReset("strauß@example.org"), password("ada")))
	u := must(t, func() (model.User, error) { return h.UserByUsername(t.Context(), operator(), "ada") })
	_, err := h.ChangeMe(t.Context(), h.Actor(u), directory.SelfChange{Email: ref("strauss@example.org")})
	wantFault(t, err, "email", fault.Taken)
}

func TestRecoveryIsMailedToAVerifiedAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	// Sign-up through Wekan verifies no address, so the only address is used.
	h.Must(register(h, model.Wekan, registration.Input{Username: "ada", Email: address("ada"), Password: password("ada")}))
	u := must(t, func() (model.User, error) { return h.UserByEmail(t.Context(), operator(), address("ada")) })
	actor := h.Actor(u)
	if to := h.recoveryAddress(address("ada"), address("ada")); to != address("ada") {
		t.Errorf("where nothing is proven the link went to %q", to)
	}
	h.changeAddress(actor, "later@example.org")
	if got := h.addresses(u); len(got) != 1 {
		t.Errorf("an unverified address was kept: %v", got)
	}
	second := must(t, func() (model.Email, error) { return h.AddEmail(t.Context(), actor, u.ID, "second@example.org") })
	unproven := h.requestReset("later@example.org")
	must(t, func() (model.User, error) {
		return h.VerifyEmail(t.Context(), caller(model.PM415), h.EmailedToken("second@example.org"))
	})
	wantKind(t, h.resetPassword(unproven, password("new")), fault.Expired)
	if to := h.recoveryAddress("later@example.org", "later@example.org", "second@example.org"); to != "second@example.org" {
		t.Errorf("the link went to %q", to)
	}
	_, err := h.RemoveEmail(t.Context(), actor, u.ID, second.ID)
	wantFault(t, err, "email", fault.Reserved)
	must(t, func() (model.Email, error) { return h.RemoveEmail(t.Context(), operator(), u.ID, second.ID) })
}

// Of several verified addresses the previous primary one is preferred: an attacker may have added the
// others.
func TestPreviousPrimaryAddressIsPreferredToOtherVerifiedOnes(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.AddUser("ada")
	actor := h.Actor(u)
	must(t, func() (model.Email, error) { return h.AddEmail(t.Context(), actor, u.ID, "thief@example.net") })
	must(t, func() (model.User, error) {
		return h.VerifyEmail(t.Context(), caller(model.PM415), h.EmailedToken("thief@example.net"))
	})
	h.changeAddress(actor, "work@example.org")
	must(t, func() (model.User, error) {
		return h.VerifyEmail(t.Context(), caller(model.PM415), h.EmailedToken("work@example.org"))
	})
	h.changeAddress(actor, "other@example.net")
	if to := h.recoveryAddress("other@example.net", "thief@example.net", "other@example.net", "work@example.org"); to != "work@example.org" {
		t.Errorf("the link went to %q", to)
	}
}

func TestChangingTheAddressCannotFillAMailbox(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.AccountFailures = 2 })
	actor := h.Actor(h.AddUser("ada"))
	h.changeAddress(actor, "one@example.org")
	h.changeAddress(actor, "two@example.org")
	_, err := h.ChangeMe(t.Context(), actor, directory.SelfChange{Email: ref("three@example.org")})
	wantKind(t, err, fault.Limited)
}

func TestChangedAddressOfAnInvitedUserGetsNoRecovery(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	sent, _ := h.invite("ada@example.org", true, 0)
	h.Must(h.change(operator(), sent.User.ID, directory.UserChange{Email: ref("boss@example.org")}))
	if m, found := h.NextEmail("boss@example.org"); found {
		t.Errorf("an email %q was sent", m.Subject)
	}
}

// The operator's command verifies the address.
func TestRecoveredAdministratorHasOneVerifiedAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.addVerifiedUser("ada")
	h.changeAddress(h.Actor(u), "thief@example.net")
	_, err := h.CreateAdministrator(t.Context(), operator(), directory.Administrator{Username: "ada", Email: "safe@example.org", Password: password("ada")})
	h.Must(err)
	if got := h.addresses(u); len(got) != 1 || got[0] != "safe@example.org" {
		t.Errorf("the addresses are %v", got)
	}
	if to := h.recoveryAddress("safe@example.org", "safe@example.org"); to != "safe@example.org" {
		t.Errorf("the link went to %q", to)
	}
}

func TestFormerAddressRevertsTheChangeByItsLink(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.addVerifiedUser("ada")
	stolen := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.WekanLogin) })
	thief := h.ActorWith(stolen)
	key := must(t, func() (secret.Text, error) { return h.RotateAPIKey(t.Context(), thief) })
	h.changeAddress(thief, "thief@example.net")
	first, proof := h.EmailedToken(address("ada")), h.EmailedToken("thief@example.net")
	h.changeAddress(thief, "second@example.net")
	second := h.EmailedToken(address("ada"))
	word := secret.Text("thief-has-another-1")
	h.Must(none(h.ChangeMe(t.Context(), thief, directory.SelfChange{Password: &word})))
	h.Clock.Advance(80 * 24 * time.Hour) // valid while the new address is not verified
	if _, err := h.revert(first, password("ada")); fault.KindOf(err) != fault.Expired {
		t.Errorf("the link of a change that was changed again: %v", err)
	}
	h.Must(h.RunMaintenance(t.Context(), operator()))
	_, err := h.revert(second, "short")
	wantFault(t, err, "password", fault.TooShort)
	must(t, func() (model.User, error) { return h.revert(second, "mine alone again") })
	if got := h.addresses(ada); len(got) != 1 || got[0] != address("ada") || h.IsValid(stolen) || h.IsValid(key) {
		t.Errorf("the addresses are %v, the thief is in: %v %v", got, h.IsValid(stolen), h.IsValid(key))
	}
	for _, word := range []secret.Text{"thief-has-another-1", password("ada")} {
		_, err := h.LogIn(t.Context(), caller(model.Wekan), login.Attempt{Name: "ada", Password: word}, model.WekanLogin)
		wantKind(t, err, fault.Unauthenticated)
	}
	for name, late := range map[string]secret.Text{"once more": second, "the first": first} {
		if _, err := h.revert(late, password("ada")); fault.KindOf(err) != fault.Expired {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = h.VerifyEmail(t.Context(), caller(model.PM415), proof)
	wantKind(t, err, fault.Expired)
}

func TestVerifiedAddressCannotBeRevertedByThePreviousOne(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.addVerifiedUser("ada")
	h.changeAddress(h.Actor(ada), "new@example.org")
	link, proof := h.EmailedToken(address("ada")), h.EmailedToken("new@example.org")
	for _, wrong := range []secret.Text{proof, "made up"} {
		_, err := h.revert(wrong, password("eve"))
		wantKind(t, err, fault.Expired)
	}
	wantKind(t, h.resetPassword(link, password("eve")), fault.Expired) // it is no link for a new password
	must(t, func() (model.User, error) { return h.VerifyEmail(t.Context(), caller(model.PM415), proof) })
	_, err := h.revert(link, password("eve"))
	wantKind(t, err, fault.Expired)
	if got := h.addresses(ada); len(got) != 1 || got[0] != "new@example.org" {
		t.Errorf("the addresses are %v", got)
	}
}

func TestUserWithoutVerifiedAddressGetsNoRevertLink(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.changeAddress(h.Actor(h.AddUser("ada")), "new@example.org")
	if m, found := h.NextEmail(address("ada")); found {
		t.Errorf("an address that was never verified got %q", m.Text)
	}
}
