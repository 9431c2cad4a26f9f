package directory_test

import (
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

// proven makes somebody whose primary address is proven.
func (h *house) proven(name string) directory.User {
	h.t.Helper()
	h.person(name)
	h.must(h.renew(h.forgot(address(name)), password(name)))
	return need(h.t, func() (directory.User, error) { return h.UserByUsername(h.t.Context(), operator(), name) })
}

// move changes the own address.
func (h *house) move(actor directory.Actor, to string) {
	h.t.Helper()
	_, err := h.ChangeMe(h.t.Context(), actor, directory.SelfChange{Email: &to})
	h.must(err)
}

// asks says that the password was forgotten, and gives the address of whoever
// was mailed the link.
func (h *house) asks(with string, candidates ...string) string {
	h.t.Helper()
	_, err := h.ForgotPassword(h.t.Context(), caller(directory.PM415), with)
	h.must(err)
	for _, to := range candidates {
		if m, found := h.mail(to); found && strings.Contains(m.Link, "/reset-password/") {
			return to
		}
	}
	return ""
}

func (h *house) addresses(u directory.User) []string {
	h.t.Helper()
	var list []string
	for _, e := range need(h.t, func() ([]directory.Email, error) { return h.Emails(h.t.Context(), operator(), u.ID) }) {
		list = append(list, e.Address)
	}
	return list
}

// Somebody sits down at ada's open session and wants to keep the account.
func TestStolenSessionCannotTakeTheAccountByAnotherAddress(t *testing.T) {
	t.Parallel()
	h := open(t, func(o *directory.Options) { o.MailPerHour, o.MailPerDay = 100, 100 })
	ada := h.proven("ada")
	stolen := need(t, func() (secret.Text, error) { return h.login("ada", directory.WekanLogin) })
	thief := h.enter(stolen)
	h.move(thief, "thief@example.net")
	key := need(t, func() (secret.Text, error) { return h.NewAPIKey(t.Context(), thief) })
	proof := h.mailed("thief@example.net")
	warning, told := h.mail(address("ada"))
	if !told || !strings.Contains(warning.Link, "/account/revert-address/") || !strings.Contains(warning.Text, "t***@example.net") || strings.Contains(warning.Text, "thief") {
		t.Errorf("ada is told %q", warning.Text)
	}

	// The link comes to ada, whichever of the addresses the thief asks with.
	for _, with := range []string{"thief@example.net", address("ada")} {
		if to := h.asks(with, "thief@example.net", address("ada")); to != address("ada") {
			t.Fatalf("asked with %s, the link went to %q", with, to)
		}
	}
	// Nor can the way back be cut off.
	kept := need(t, func() ([]directory.Email, error) { return h.Emails(t.Context(), thief, ada.ID) })[1]
	_, err := h.RemoveEmail(t.Context(), thief, ada.ID, kept.ID)
	faulty(t, err, "email", directory.Reserved)
	h.move(thief, "second@example.net")
	secondProof := h.mailed("second@example.net")
	if to := h.asks("second@example.net", "second@example.net", address("ada")); to != address("ada") {
		t.Fatalf("after a second change the link went to %q", to)
	}

	// Ada follows it: the account is hers as it was, and the thief is out.
	h.must(h.renew(h.forgot(address("ada")), password("ada")))
	if h.lives(stolen) || h.lives(key) {
		t.Error("the thief still has a way in")
	}
	if got := h.addresses(ada); len(got) != 1 || got[0] != address("ada") {
		t.Errorf("the addresses are %v", got)
	}
	for _, late := range []secret.Text{proof, secondProof} {
		_, err := h.Verify(t.Context(), caller(directory.PM415), late)
		refused(t, err, directory.Expired)
	}
}

func TestChangedAddressCountsOnceItIsProven(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(h *house, u directory.User) error{
		"by oneself": func(h *house, u directory.User) error {
			_, err := h.ChangeMe(t.Context(), h.as(u), directory.SelfChange{Email: ref("new@example.org")})
			return err
		},
		"by an administrator": func(h *house, u directory.User) error {
			return h.change(operator(), u.ID, directory.UserChange{Email: ref("new@example.org")})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			u := h.proven("ada")
			h.must(change(h, u))
			if got := h.addresses(u); len(got) != 2 || got[0] != "new@example.org" || got[1] != address("ada") {
				t.Errorf("meanwhile the addresses are %v", got)
			}
			letter, found := h.mail("new@example.org")
			if !found || strings.Contains(letter.Text, "signed up") || strings.Contains(letter.Text, "unused") {
				t.Fatalf("the new address is asked %q", letter.Text)
			}
			before := h.asks("new@example.org", address("ada"))
			if before != address("ada") {
				t.Errorf("before, the link went to %q", before)
			}
			need(t, func() (directory.User, error) {
				return h.Verify(t.Context(), caller(directory.PM415), tokenIn(t, letter.Link))
			})
			if got := h.addresses(u); len(got) != 1 || got[0] != "new@example.org" {
				t.Errorf("in the end the addresses are %v", got)
			}
			if to := h.asks("new@example.org", "new@example.org", address("ada")); to != "new@example.org" {
				t.Errorf("in the end the link went to %q", to)
			}
			h.person("eve", func(n *directory.NewUser) { n.Email = address("ada") }) // it is free again
		})
	}
}

func TestResetLinkDiesWhenAnotherAddressTakesItsPlace(t *testing.T) {
	t.Parallel()
	h := open(t)
	u := h.proven("ada")
	h.move(h.as(u), "new@example.org")
	proof, link := h.mailed("new@example.org"), h.forgot(address("ada"))
	need(t, func() (directory.User, error) { return h.Verify(t.Context(), caller(directory.PM415), proof) })
	refused(t, h.renew(link, password("new")), directory.Expired)
}

func TestChangeThatIsTakenBackNeedsNoProof(t *testing.T) {
	t.Parallel()
	h := open(t)
	u := h.proven("ada")
	actor := h.as(u)
	h.move(actor, "new@example.org")
	h.move(actor, "Ada@example.org")
	emails := need(t, func() ([]directory.Email, error) { return h.Emails(t.Context(), actor, u.ID) })
	if len(emails) != 1 || !emails[0].Verified || emails[0].Former || emails[0].Address != "Ada@example.org" {
		t.Errorf("the addresses are %+v", emails)
	}
}

// Fold takes ß and ss for one, mail servers do not.
func TestAddressThatOnlyFoldsAlikeDoesNotInheritTheProof(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("ada", func(n *directory.NewUser) { n.Email = "strauß@example.org" })
	h.must(h.renew(h.forgot("strauß@example.org"), password("ada")))
	u := need(t, func() (directory.User, error) { return h.UserByUsername(t.Context(), operator(), "ada") })
	_, err := h.ChangeMe(t.Context(), h.as(u), directory.SelfChange{Email: ref("strauss@example.org")})
	faulty(t, err, "email", directory.Taken)
}

func TestLettersThatLetPeopleInGoToAProvenAddress(t *testing.T) {
	t.Parallel()
	h := open(t)
	// Wekan proves nothing: the one address there is has to do.
	h.must(register(h, directory.Wekan, directory.Registration{Username: "ada", Email: address("ada"), Password: password("ada")}))
	u := need(t, func() (directory.User, error) { return h.UserByEmail(t.Context(), operator(), address("ada")) })
	actor := h.as(u)
	if to := h.asks(address("ada"), address("ada")); to != address("ada") {
		t.Errorf("where nothing is proven the link went to %q", to)
	}
	h.move(actor, "later@example.org")
	if got := h.addresses(u); len(got) != 1 {
		t.Errorf("an address that nobody proved was kept: %v", got)
	}
	second := need(t, func() (directory.Email, error) { return h.AddEmail(t.Context(), actor, u.ID, "second@example.org") })
	unproven := h.forgot("later@example.org")
	need(t, func() (directory.User, error) {
		return h.Verify(t.Context(), caller(directory.PM415), h.mailed("second@example.org"))
	})
	refused(t, h.renew(unproven, password("new")), directory.Expired)
	if to := h.asks("later@example.org", "later@example.org", "second@example.org"); to != "second@example.org" {
		t.Errorf("the link went to %q", to)
	}
	_, err := h.RemoveEmail(t.Context(), actor, u.ID, second.ID)
	faulty(t, err, "email", directory.Reserved)
	need(t, func() (directory.Email, error) { return h.RemoveEmail(t.Context(), operator(), u.ID, second.ID) })
}

// Several addresses that are proven: the one that was primary comes first, for the
// others may be the doing of a thief.
func TestFormerAddressGoesBeforeOthersThatAreProven(t *testing.T) {
	t.Parallel()
	h := open(t)
	u := h.person("ada")
	actor := h.as(u)
	need(t, func() (directory.Email, error) { return h.AddEmail(t.Context(), actor, u.ID, "thief@example.net") })
	need(t, func() (directory.User, error) {
		return h.Verify(t.Context(), caller(directory.PM415), h.mailed("thief@example.net"))
	})
	h.move(actor, "work@example.org")
	need(t, func() (directory.User, error) {
		return h.Verify(t.Context(), caller(directory.PM415), h.mailed("work@example.org"))
	})
	h.move(actor, "other@example.net")
	if to := h.asks("other@example.net", "thief@example.net", "other@example.net", "work@example.org"); to != "work@example.org" {
		t.Errorf("the link went to %q", to)
	}
}

func TestChangingTheAddressCannotFillAMailbox(t *testing.T) {
	t.Parallel()
	h := open(t, func(o *directory.Options) { o.Login.AccountFailures = 2 })
	actor := h.as(h.person("ada"))
	h.move(actor, "one@example.org")
	h.move(actor, "two@example.org")
	_, err := h.ChangeMe(t.Context(), actor, directory.SelfChange{Email: ref("three@example.org")})
	refused(t, err, directory.Limited)
}

func TestChangedAddressOfWhoWaitsIsMailedNoWayIn(t *testing.T) {
	t.Parallel()
	h := open(t)
	sent, _ := h.invite("ada@example.org", true, 0)
	h.must(h.change(operator(), sent.User.ID, directory.UserChange{Email: ref("boss@example.org")}))
	if m, found := h.mail("boss@example.org"); found {
		t.Errorf("a letter %q was sent", m.Subject)
	}
}

// What the operator says at the command line needs no letter.
func TestRecoveredAdministratorHasOneProvenAddress(t *testing.T) {
	t.Parallel()
	h := open(t)
	u := h.proven("ada")
	h.move(h.as(u), "thief@example.net")
	_, err := h.CreateAdministrator(t.Context(), operator(), directory.Administrator{Username: "ada", Email: "safe@example.org", Password: password("ada")})
	h.must(err)
	if got := h.addresses(u); len(got) != 1 || got[0] != "safe@example.org" {
		t.Errorf("the addresses are %v", got)
	}
	if to := h.asks("safe@example.org", "safe@example.org"); to != "safe@example.org" {
		t.Errorf("the link went to %q", to)
	}
}

func (h *house) revert(token, word secret.Text) (directory.User, error) {
	return h.RevertAddress(h.t.Context(), caller(directory.Console), token, word)
}

func TestFormerAddressTakesTheChangeBackByItsLink(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.proven("ada")
	stolen := need(t, func() (secret.Text, error) { return h.login("ada", directory.WekanLogin) })
	thief := h.enter(stolen)
	key := need(t, func() (secret.Text, error) { return h.NewAPIKey(t.Context(), thief) })
	h.move(thief, "thief@example.net")
	first, proof := h.mailed(address("ada")), h.mailed("thief@example.net")
	h.move(thief, "second@example.net")
	second := h.mailed(address("ada"))
	word := secret.Text("thief-has-another-1")
	h.must(none(h.ChangeMe(t.Context(), thief, directory.SelfChange{Password: &word})))
	h.clock.turn(80 * 24 * time.Hour) // for as long as the new address is not proven
	if _, err := h.revert(first, password("ada")); directory.KindOf(err) != directory.Expired {
		t.Errorf("the link of a change that was changed again: %v", err)
	}
	h.must(h.Tend(t.Context(), operator()))
	_, err := h.revert(second, "short")
	faulty(t, err, "password", directory.TooShort)
	need(t, func() (directory.User, error) { return h.revert(second, "mine alone again") })
	if got := h.addresses(ada); len(got) != 1 || got[0] != address("ada") || h.lives(stolen) || h.lives(key) {
		t.Errorf("the addresses are %v, the thief is in: %v %v", got, h.lives(stolen), h.lives(key))
	}
	for _, word := range []secret.Text{"thief-has-another-1", password("ada")} {
		_, _, _, err := h.LogIn(t.Context(), caller(directory.Wekan), directory.Login{Name: "ada", Password: word}, directory.WekanLogin)
		refused(t, err, directory.Unauthenticated)
	}
	for name, late := range map[string]secret.Text{"once more": second, "the first": first} {
		if _, err := h.revert(late, password("ada")); directory.KindOf(err) != directory.Expired {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = h.Verify(t.Context(), caller(directory.PM415), proof)
	refused(t, err, directory.Expired)
}

func TestProvenAddressCannotBeTakenBackByTheFormerOne(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.proven("ada")
	h.move(h.as(ada), "new@example.org")
	link, proof := h.mailed(address("ada")), h.mailed("new@example.org")
	for _, wrong := range []secret.Text{proof, "made up"} {
		_, err := h.revert(wrong, password("eve"))
		refused(t, err, directory.Expired)
	}
	refused(t, h.renew(link, password("eve")), directory.Expired) // it is no link for a new password
	need(t, func() (directory.User, error) { return h.Verify(t.Context(), caller(directory.PM415), proof) })
	_, err := h.revert(link, password("eve"))
	refused(t, err, directory.Expired)
	if got := h.addresses(ada); len(got) != 1 || got[0] != "new@example.org" {
		t.Errorf("the addresses are %v", got)
	}
}

func TestWhoNeverProvedAnAddressGetsNoWayBack(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.move(h.as(h.person("ada")), "new@example.org")
	if m, found := h.mail(address("ada")); found {
		t.Errorf("an address that was never verified got %q", m.Text)
	}
}
