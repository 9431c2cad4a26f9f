package ratelimit_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
)

// stored counts the rows of a transaction: queued rows, links of a user, and events.
func (h *fixture) stored() (rows int, events int) {
	h.T.Helper()
	h.Must(h.Store.Update(h.T.Context(), func(tx model.Writer) error {
		mails, err := tx.Mails(0, 10_000)
		rows = len(mails)
		return err
	}))
	return rows, len(h.AllEvents())
}

// A recovery adds one row for every address, so its work does not reveal whether an account has it.
func TestRecoveryDoesTheSameWorkForEveryAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	h.AddUser("bare", func(n *directory.NewUser) { n.Password = "" })
	bea := h.AddUser("bea")
	const bcrypt = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"
	h.Must(h.Store.Update(t.Context(), func(tx model.Writer) error { return tx.PutPassword(bea.ID, bcrypt) }))
	h.Must(none(h.BlockUser(t.Context(), operator(), h.AddUser("out").ID)))
	h.addVerifiedUser("zoe")
	h.NextEmail("nobody")
	for i, name := range []string{"ada", "bare", "bea", "out", "zoe", "nobody"} {
		rows, events := h.stored()
		actor := model.AnonymousActor(model.Native, fmt.Sprintf("198.51.100.%d", i), "")
		found, err := h.ForgotPassword(t.Context(), actor, address(name))
		h.Must(err)
		if after, recorded := h.stored(); found.ID != 0 || after != rows+1 || recorded != events {
			t.Errorf("%s: %d rows and %d events were added, user %d", name, after-rows, recorded-events, found.ID)
		}
	}
	for name, want := range map[string]bool{"ada": true, "bare": true, "bea": true, "out": false, "zoe": true, "nobody": false} {
		if _, got := h.NextEmail(address(name)); got != want {
			t.Errorf("%s got an email: %v", name, got)
		}
	}
}

// So does a sign-up. The account, or the email to its owner, is created later.
func TestSignUpDoesTheSameWorkForEveryAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	for i, name := range []string{"ada", "nobody"} {
		rows, events := h.stored()
		actor := model.AnonymousActor(model.Native, fmt.Sprintf("198.51.100.%d", i), "")
		h.Must(none(h.Register(t.Context(), actor, registration.Input{Email: address(name), Password: password("x")})))
		if after, recorded := h.stored(); after != rows+1 || recorded != events {
			t.Errorf("%s: %d rows and %d events were added", name, after-rows, recorded-events)
		}
	}
	for _, name := range []string{"ada", "nobody"} {
		if _, got := h.NextEmail(address(name)); !got {
			t.Errorf("%s got no email", name)
		}
	}
}

// Responses to inviters do not depend on the number of recoveries and sign-ups, with or without an account.
func TestEmailLimitDoesNotRevealAnAccount(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	org := h.AddOrganization("Lab")
	chief := h.AddUser("chief")
	h.Must(h.AddMember(t.Context(), operator(), org.ID, chief.ID, model.RoleAdmin))
	h.addVerifiedUser("ada")
	h.AddUser("ben")
	lineSeq := map[string]int{}
	for _, name := range []string{"ada", "ben", "nobody"} {
		for i := range 20 {
			actor := model.AnonymousActor(model.Native, fmt.Sprintf("192.0.%d.1", i), "")
			h.Must(none(h.ForgotPassword(t.Context(), actor, address(name))))
			h.Must(none(h.Register(t.Context(), actor, registration.Input{Email: address(name), Password: password("x")})))
			h.NextEmail("all")
		}
		for i := range 10 {
			_, err := h.Invite(t.Context(), h.Actor(chief), invitation.NewInvitation{Org: org.ID, Email: fmt.Sprintf("%s+%d@example.org", name, i)})
			if err == nil {
				lineSeq[name]++
			} else if fault.KindOf(err) != fault.Limited {
				t.Fatal(err)
			}
		}
	}
	for name, n := range lineSeq {
		if n != 2 {
			t.Errorf("%s: %d invitations were sent", name, n)
		}
	}
}

// Sign-ups with tags, dots and capitals, from many networks and through each API, leave room
// for recovery and invitations.
func TestSignUpsDoNotExhaustTheMailbox(t *testing.T) {
	t.Parallel()
	for _, api := range []model.API{model.Native, model.PM415} {
		h := newFixture(t, func(o *directory.Options) { o.HidesAccounts = []model.API{model.PM415} })
		org := h.AddOrganization("Lab")
		h.addVerifiedUser("ada")
		h.NextEmail("all")
		h.Inbox = nil
		for i := range 40 {
			typed := []string{"ada+%d@example.org", "a.da+%d@example.org", "ADA+%d@Example.org", "ad.a@example.org", "ada@example.org"}[i%5]
			if strings.Contains(typed, "%d") {
				typed = fmt.Sprintf(typed, i)
			}
			actor := model.AnonymousActor(api, fmt.Sprintf("192.0.%d.1", i), "")
			r := registration.Input{Email: typed, Password: password("x")}
			if api == model.PM415 {
				r.Organization = fmt.Sprint("Org ", i)
			}
			h.Must(none(h.Register(t.Context(), actor, r)))
		}
		h.NextEmail("all")
		if n := len(h.Inbox); n != 2 {
			t.Errorf("%s: %d emails of strangers", api, n)
		}
		h.Must(none(h.ForgotPassword(t.Context(), caller(model.Native), address("ada"))))
		if m, found := h.NextEmail(address("ada")); !found || !strings.Contains(m.Link, "/reset-password/") {
			if m, found = h.NextEmail(address("ada")); !found {
				t.Errorf("%s: no recovery: %v", api, m)
			}
		}
		h.Must(none(h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: org.ID, Email: "ada+team@example.org"})))
	}
}

// One network alone cannot exhaust the recovery emails of a mailbox.
func TestRecoveryIsLimitedByNetwork(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	from := func(network string) (sent int) {
		for range 5 {
			h.Must(none(h.ForgotPassword(t.Context(), model.AnonymousActor(model.Native, network, ""), address("ada"))))
			if _, found := h.NextEmail(address("ada")); found {
				sent++
			}
		}
		return sent
	}
	if a, b, c := from("192.0.2.1"), from("198.51.100.1"), from("203.0.113.1"); a != 2 || b != 1 || c != 0 {
		t.Errorf("sent %d, %d, %d", a, b, c)
	}
}

// verified creates an account with a verified address.
func (h *fixture) verified(name, at string) model.User {
	h.T.Helper()
	u := h.AddUser(name, func(n *directory.NewUser) { n.Email = at })
	m, err := h.SendVerification(h.T.Context(), operator(), u.ID, u.Primary().ID)
	h.Must(err)
	h.Must(none(h.VerifyEmail(h.T.Context(), caller(model.PM415), h.EmailedToken(m.Address))))
	return u
}

// Accounts with addresses of one mailbox do not exhaust the notices of another account, and an unverified
// address gets none.
func TestNoticesOfOtherAccountsDoNotPreventAnAddressChange(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.MailPerHour, o.MailPerDay = 3, 3 })
	h.verified("victim", "victim@corp.example")
	h.Clock.Advance(25 * time.Hour)
	for i := range 10 {
		eve := h.AddUser(fmt.Sprint("eve", i), func(n *directory.NewUser) { n.Email = fmt.Sprintf("victim+%d@corp.example", i) })
		h.changeAddress(h.Actor(eve), fmt.Sprintf("eve%d@evil.example", i))
		if _, found := h.NextEmail(fmt.Sprintf("victim+%d@corp.example", i)); found {
			t.Error("an address that was never verified got a notice")
		}
	}
	victim := must(t, func() (model.User, error) { return h.UserByUsername(t.Context(), operator(), "victim") })
	h.changeAddress(h.Actor(victim), "victim@new.example")
	if m, found := h.NextEmail("victim@corp.example"); !found || !strings.Contains(m.Link, "/account/revert-address/") {
		t.Errorf("the notice is %+v", m)
	}
}

// If the notices are exhausted, the address still changes, the event says that no notice was sent, and the
// link of the last notice reverts the change.
func TestNoticeLimitDoesNotPreventAnAddressChange(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.MailPerHour, o.MailPerDay, o.Login.AccountFailures = 3, 3, 100 })
	ada := h.verified("ada", address("ada"))
	h.Clock.Advance(25 * time.Hour)
	actor := h.Actor(ada)
	for i := range 6 {
		h.changeAddress(actor, fmt.Sprintf("thief%d@example.net", i))
	}
	var last mailqueue.Email
	notices := 0
	for {
		m, found := h.NextEmail(address("ada"))
		if !found {
			break
		}
		if !strings.Contains(m.Link, "/revert-address/") {
			continue
		}
		if notices == 0 {
			last = m // the newest comes first
		}
		notices++
	}
	unsent := 0
	for _, e := range h.AllEvents() {
		if strings.Contains(e.Detail, "notice to the former address not sent") && e.User == ada.ID {
			unsent++
		}
	}
	if notices != 3 || unsent != 3 {
		t.Errorf("%d notices were sent, %d are recorded as not sent", notices, unsent)
	}
	must(t, func() (model.User, error) { return h.revert(tokenIn(t, last.Link), password("again")) })
	if got := h.addresses(ada); len(got) != 1 || got[0] != address("ada") {
		t.Errorf("the addresses are %v", got)
	}
}

// For users, an address of two accounts is taken. Only administrators learn that two
// accounts have it.
func TestAddressOfTwoAccountsIsTakenForUsers(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.RevealingAnswers = 10 })
	ada, ben, eve, root := h.AddUser("ada"), h.AddUser("ben"), h.AddUser("eve"), h.AddUser("root", admin)
	for n, owner := range []model.UserID{ada.ID, ben.ID} {
		h.raw(fmt.Sprintf(`INSERT INTO emails (user_id, address, address_key, is_primary, verified, created_at, collision)
			VALUES (%d, 'two@example.org', 'two@example.org', FALSE, TRUE, 1, %d)`, owner, n))
	}
	add := func(actor model.Actor, id model.UserID) error {
		return none(h.AddEmail(t.Context(), actor, id, "two@example.org"))
	}
	for range 2 {
		wantFault(t, add(h.Actor(eve), eve.ID), "email", fault.Taken)
	}
	wantLimited(t, add(h.Actor(eve), eve.ID), 10*time.Minute)
	wantFault(t, add(h.Actor(root), root.ID), "email", fault.Ambiguous)
}

// Responses that an address is taken are limited by user and by network. Administrators of the server can
// see all addresses.
func TestAddressChangesToTakenAddressesAreLimited(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.RevealingAnswers = 10; o.Login.AccountFailures = 100 })
	h.AddUser("ada")
	root := h.AddUser("root", admin)
	eve, ben := h.AddUser("eve"), h.AddUser("ben")
	add := func(actor model.Actor, id model.UserID, to string) error {
		return none(h.AddEmail(t.Context(), actor, id, to))
	}
	attacker := h.Actor(eve)
	wantKind(t, add(attacker, eve.ID, address("ada")), fault.Conflict)
	wantKind(t, none(h.ChangeMe(t.Context(), attacker, directory.SelfChange{Email: ref(address("ada"))})), fault.Conflict)
	wantLimited(t, add(attacker, eve.ID, address("ada")), 10*time.Minute)
	wantLimited(t, add(attacker, eve.ID, "free@example.net"), 10*time.Minute)
	wantLimited(t, none(h.ChangeMe(t.Context(), attacker, directory.SelfChange{Email: ref("free@example.net")})), 10*time.Minute)
	h.Must(none(h.ChangeMe(t.Context(), attacker, directory.SelfChange{GivenName: ref("Eve")})))
	h.Must(add(h.Actor(ben), ben.ID, "ben@example.net"))
	for range 30 {
		wantKind(t, add(h.Actor(root), root.ID, address("ada")), fault.Conflict)
	}
	h.Clock.Advance(11 * time.Minute)
	h.Must(add(attacker, eve.ID, "free@example.net"))
}

// An account from open sign-up that adds an address in any spelling cannot exhaust the invitations, resets
// and verifications of the address.
func TestAddressesOfPendingUsersDoNotExhaustTheMailbox(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"c.arol+%d@corp.example", "carol+%d@corp.example", "CAROL+%d@Corp.Example"} {
		h := newFixture(t)
		org := h.AddOrganization("Lab")
		chief := h.AddUser("chief")
		h.Must(h.AddMember(t.Context(), operator(), org.ID, chief.ID, model.RoleAdmin))
		carol := h.AddUser("carol", func(n *directory.NewUser) { n.Email = "carol@corp.example" })
		h.Must(h.AddMember(t.Context(), operator(), org.ID, carol.ID, model.RoleMember))
		h.Must(register(h, model.Wekan, registration.Input{Username: "eve", Email: "eve@evil.example", Password: password("eve")}))
		eve := must(t, func() (model.User, error) { return h.UserByUsername(t.Context(), operator(), "eve") })
		h.NextEmail("all")
		for i := range 8 {
			h.Must(none(h.AddEmail(t.Context(), h.Actor(eve), eve.ID, fmt.Sprintf(typed, i))))
		}
		h.NextEmail("all")
		h.Must(h.ResetMemberPasswords(t.Context(), h.Actor(chief), org.ID, []model.UserID{carol.ID}))
		h.Must(none(h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: org.ID, Email: "carol+new@corp.example"})))
		h.Must(none(h.SendVerification(t.Context(), h.Actor(carol), carol.ID, carol.Primary().ID)))
	}
}

// One account has half of the share of users. Administrators of the server have a share that other accounts
// cannot exhaust.
func TestOneAccountHasHalfOfAShare(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	invite := func(name string) (sent int) {
		org := h.AddOrganization("Org of " + name)
		chief := h.AddUser(name)
		h.Must(h.AddMember(t.Context(), operator(), org.ID, chief.ID, model.RoleAdmin))
		for i := range 5 {
			_, err := h.Invite(t.Context(), h.Actor(chief), invitation.NewInvitation{Org: org.ID, Email: fmt.Sprintf("victim+%s%d@corp.example", name, i)})
			if err == nil {
				sent++
			} else if fault.KindOf(err) != fault.Limited {
				t.Fatal(err)
			}
		}
		return sent
	}
	if a, b, c := invite("eve"), invite("mallory"), invite("trudy"); a != 2 || b != 1 || c != 0 {
		t.Errorf("sent %d, %d, %d", a, b, c)
	}
	root := h.AddUser("root", admin)
	home := h.AddOrganization("Lab")
	invited := func() error {
		return none(h.Invite(t.Context(), h.Actor(root), invitation.NewInvitation{Org: home.ID, Email: "victim@corp.example"}))
	}
	h.Must(invited())
	wantLimited(t, none(h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: home.ID, Email: "vic.tim@corp.example"})), time.Hour)
}

// Requests for addresses without an account do not count for the address of an account.
func TestAddressesWithoutAnAccountDoNotExhaustRecovery(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("boss", func(n *directory.NewUser) { n.Email = "boss@corp.example" })
	for i := range 20 {
		for _, typed := range []string{"b.oss+1", "b.oss+2", "bo.s.s", fmt.Sprint("boss+", i)} {
			actor := model.AnonymousActor(model.Native, fmt.Sprintf("192.0.%d.1", i%4), "")
			h.Must(none(h.ForgotPassword(t.Context(), actor, typed+"@corp.example")))
		}
	}
	h.NextEmail("all")
	h.Must(none(h.ForgotPassword(t.Context(), model.AnonymousActor(model.Native, "203.0.113.1", ""), "boss@corp.example")))
	if n := h.sentTo("boss@corp.example"); n != 1 {
		t.Errorf("%d emails", n)
	}
}

// A known network of the account has a reserved recovery.
func TestKnownNetworkHasAReservedRecovery(t *testing.T) {
	t.Parallel()
	for _, verified := range []bool{false, true} {
		h := newFixture(t)
		if verified {
			h.verified("boss", "boss@corp.example")
		} else {
			h.AddUser("boss", func(n *directory.NewUser) { n.Email = "boss@corp.example" })
		}
		home := model.AnonymousActor(model.Native, "203.0.113.1", "")
		_, err := h.LogIn(t.Context(), home, login.Attempt{Name: "boss", Password: password("boss")}, model.ConsoleLogin)
		h.Must(err)
		h.sentTo("boss@corp.example")
		for i := range 60 {
			actor := model.AnonymousActor(model.Native, fmt.Sprintf("192.0.%d.1", i), "")
			h.Must(none(h.ForgotPassword(t.Context(), actor, "boss@corp.example")))
		}
		if n := h.sentTo("boss@corp.example"); n != 3 {
			t.Errorf("%d emails to strangers, verified is %v", n, verified)
		}
		for range 5 {
			h.Must(none(h.ForgotPassword(t.Context(), home, "boss@corp.example")))
		}
		if n := h.sentTo("boss@corp.example"); n != 1 {
			t.Errorf("%d emails to the known network, verified is %v", n, verified)
		}
	}
}

// One network alone cannot exhaust the sign-ups of a mailbox.
func TestSignUpIsLimitedByNetwork(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	from := func(network string) {
		for i := range 5 {
			actor := model.AnonymousActor(model.Native, network, "")
			h.Must(none(h.Register(t.Context(), actor, registration.Input{Email: fmt.Sprintf("b.oss+%s%d@corp.example", network[:3], i), Password: password("x")})))
		}
		h.NextEmail("all")
	}
	h.NextEmail("all")
	h.Inbox = nil
	from("192.0.2.1")
	if n := len(h.Inbox); n != 1 {
		t.Errorf("%d emails by one network", n)
	}
	from("198.51.100.1")
	from("203.0.113.1")
	if n := len(h.Inbox); n != 2 {
		t.Errorf("%d emails in all", n)
	}
}

// Requests at the same time get no more answers that reveal an account than the limit.
func TestRevealingAnswersAreLimitedForRequestsAtTheSameTime(t *testing.T) {
	t.Parallel()
	const limit, tries = 15, 30
	for name, c := range map[string]struct {
		limit int
		ask   func(h *fixture, self model.User, i int) error
	}{
		"second address": {limit / 5, func(h *fixture, self model.User, _ int) error {
			return none(h.AddEmail(h.T.Context(), h.Actor(self), self.ID, address("ada")))
		}},
		"changed address": {limit / 5, func(h *fixture, self model.User, _ int) error {
			return none(h.ChangeMe(h.T.Context(), h.Actor(self), directory.SelfChange{Email: ref(address("ada"))}))
		}},
		"sign-up": {limit, func(h *fixture, _ model.User, i int) error {
			return register(h, model.PM415, registration.Input{Email: address("ada"), Password: "long enough 1x", Organization: fmt.Sprint("Org", i)})
		}},
		"forgotten password, unknown": {limit, func(h *fixture, _ model.User, _ int) error {
			return none(h.ForgotPassword(h.T.Context(), caller(model.PM415), "nobody@example.org"))
		}},
		"forgotten password, known": {limit, func(h *fixture, _ model.User, _ int) error {
			return none(h.ForgotPassword(h.T.Context(), caller(model.PM415), address("ada")))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t, func(o *directory.Options) {
				o.Login.RevealingAnswers, o.Login.SignUps, o.Login.AccountFailures = limit, 1000, 1000
			})
			h.AddUser("ada")
			eve := h.AddUser("eve")
			results := make([]error, tries)
			var all sync.WaitGroup
			for i := range tries {
				all.Go(func() { results[i] = c.ask(h, eve, i) })
			}
			all.Wait()
			lineSeq := 0
			for _, err := range results {
				if fault.KindOf(err) != fault.Limited {
					lineSeq++
				}
			}
			if lineSeq != c.limit {
				t.Errorf("%d of %d answers reveal an account, want %d", lineSeq, tries, c.limit)
			}
		})
	}
}

// Responses that reveal nothing are not counted.
func TestAnswersThatRevealNothingAreNotCounted(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) {
		o.Login.RevealingAnswers, o.Login.SignUps, o.Login.AccountFailures, o.MailPerHour, o.MailPerDay = 5, 1000, 1000, 1000, 1000
	})
	h.AddUser("ada")
	eve := h.AddUser("eve")
	for i := range 8 {
		h.Must(none(h.AddEmail(t.Context(), h.Actor(eve), eve.ID, fmt.Sprintf("free%d@example.net", i))))
		wantKind(t, none(h.AddEmail(t.Context(), h.Actor(eve), eve.ID, "malformed")), fault.Invalid)
		h.Must(register(h, model.Wekan, registration.Input{Username: fmt.Sprint("new", i), Email: address(fmt.Sprint("new", i)), Password: "long enough 1x"}))
	}
	wantFault(t, none(h.AddEmail(t.Context(), h.Actor(eve), eve.ID, address("ada"))), "email", fault.Taken)
	wantLimited(t, none(h.AddEmail(t.Context(), h.Actor(eve), eve.ID, address("ada"))), 10*time.Minute)
}
