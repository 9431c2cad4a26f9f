package directory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
)

// stored is what a transaction left: queued rows, links of a user, and events.
func (h *house) stored() (rows int, events int) {
	h.t.Helper()
	h.must(h.store.Update(h.t.Context(), func(tx directory.Writer) error {
		mails, err := tx.Mails(0, 10_000)
		rows = len(mails)
		return err
	}))
	return rows, len(h.events())
}

// A recovery adds one row, and nothing else, whatever the address: the work does not
// reveal whether an account has it.
func TestRecoveryDoesTheSameWorkForEveryAddress(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("ada")
	h.person("bare", func(n *directory.NewUser) { n.Password = "" })
	bea := h.person("bea")
	const bcrypt = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"
	h.must(h.store.Update(t.Context(), func(tx directory.Writer) error { return tx.PutPassword(bea.ID, bcrypt) }))
	h.must(none(h.BlockUser(t.Context(), operator(), h.person("out").ID)))
	h.proven("zoe")
	h.mail("nobody")
	for i, name := range []string{"ada", "bare", "bea", "out", "zoe", "nobody"} {
		rows, events := h.stored()
		actor := directory.Caller(directory.Native, fmt.Sprintf("198.51.100.%d", i), "")
		found, err := h.ForgotPassword(t.Context(), actor, address(name))
		h.must(err)
		if after, recorded := h.stored(); found.ID != 0 || after != rows+1 || recorded != events {
			t.Errorf("%s: %d rows and %d events were added, user %d", name, after-rows, recorded-events, found.ID)
		}
	}
	for name, want := range map[string]bool{"ada": true, "bare": true, "bea": true, "out": false, "zoe": true, "nobody": false} {
		if _, got := h.mail(address(name)); got != want {
			t.Errorf("%s got an email: %v", name, got)
		}
	}
}

// So does a sign-up. The account, or the email to its owner, follows.
func TestSignUpDoesTheSameWorkForEveryAddress(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("ada")
	for i, name := range []string{"ada", "nobody"} {
		rows, events := h.stored()
		actor := directory.Caller(directory.Native, fmt.Sprintf("198.51.100.%d", i), "")
		h.must(none(h.Register(t.Context(), actor, directory.Registration{Email: address(name), Password: password("x")})))
		if after, recorded := h.stored(); after != rows+1 || recorded != events {
			t.Errorf("%s: %d rows and %d events were added", name, after-rows, recorded-events)
		}
	}
	for _, name := range []string{"ada", "nobody"} {
		if _, got := h.mail(address(name)); !got {
			t.Errorf("%s got no email", name)
		}
	}
}

// The number of recoveries and sign-ups does not show in what inviters are told, with or
// without an account.
func TestBudgetOfAMailboxDoesNotRevealAnAccount(t *testing.T) {
	t.Parallel()
	h := open(t)
	org := h.org("Lab")
	chief := h.person("chief")
	h.must(h.AddMember(t.Context(), operator(), org.ID, chief.ID, directory.RoleAdmin))
	h.proven("ada")
	h.person("ben")
	told := map[string]int{}
	for _, name := range []string{"ada", "ben", "nobody"} {
		for i := range 20 {
			actor := directory.Caller(directory.Native, fmt.Sprintf("192.0.%d.1", i), "")
			h.must(none(h.ForgotPassword(t.Context(), actor, address(name))))
			h.must(none(h.Register(t.Context(), actor, directory.Registration{Email: address(name), Password: password("x")})))
			h.mail("all")
		}
		for i := range 10 {
			_, err := h.Invite(t.Context(), h.as(chief), directory.NewInvitation{Org: org.ID, Email: fmt.Sprintf("%s+%d@example.org", name, i)})
			if err == nil {
				told[name]++
			} else if directory.KindOf(err) != directory.Limited {
				t.Fatal(err)
			}
		}
	}
	for name, n := range told {
		if n != 2 {
			t.Errorf("%s: %d invitations were sent", name, n)
		}
	}
}

// Sign-ups with tags, dots and capitals, from many networks and through each API, leave room
// for recovery and invitations.
func TestSignUpsOfStrangersDoNotStarveTheMailbox(t *testing.T) {
	t.Parallel()
	for _, api := range []directory.API{directory.Native, directory.PM415} {
		h := open(t, func(o *directory.Options) { o.PM415Hides = true })
		org := h.org("Lab")
		h.proven("ada")
		h.mail("all")
		h.letters = nil
		for i := range 40 {
			typed := []string{"ada+%d@example.org", "a.da+%d@example.org", "ADA+%d@Example.org", "ad.a@example.org", "ada@example.org"}[i%5]
			if strings.Contains(typed, "%d") {
				typed = fmt.Sprintf(typed, i)
			}
			actor := directory.Caller(api, fmt.Sprintf("192.0.%d.1", i), "")
			r := directory.Registration{Email: typed, Password: password("x")}
			if api == directory.PM415 {
				r.Organization = fmt.Sprint("Org ", i)
			}
			h.must(none(h.Register(t.Context(), actor, r)))
		}
		h.mail("all")
		if n := len(h.letters); n != 2 {
			t.Errorf("%s: %d emails of strangers", api, n)
		}
		h.must(none(h.ForgotPassword(t.Context(), caller(directory.Native), address("ada"))))
		if m, found := h.mail(address("ada")); !found || !strings.Contains(m.Link, "/reset-password/") {
			if m, found = h.mail(address("ada")); !found {
				t.Errorf("%s: no recovery: %v", api, m)
			}
		}
		h.must(none(h.Invite(t.Context(), operator(), directory.NewInvitation{Org: org.ID, Email: "ada+team@example.org"})))
	}
}

// One network cannot use up the recovery emails of a mailbox alone.
func TestRecoveryIsBoundedByNetworkToo(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("ada")
	from := func(network string) (sent int) {
		for range 5 {
			h.must(none(h.ForgotPassword(t.Context(), directory.Caller(directory.Native, network, ""), address("ada"))))
			if _, found := h.mail(address("ada")); found {
				sent++
			}
		}
		return sent
	}
	if a, b, c := from("192.0.2.1"), from("198.51.100.1"), from("203.0.113.1"); a != 2 || b != 1 || c != 0 {
		t.Errorf("sent %d, %d, %d", a, b, c)
	}
}

// prove makes an account with a verified address.
func (h *house) verified(name, at string) directory.User {
	h.t.Helper()
	u := h.person(name, func(n *directory.NewUser) { n.Email = at })
	m, err := h.SendVerification(h.t.Context(), operator(), u.ID, u.Primary().ID)
	h.must(err)
	h.must(none(h.Verify(h.t.Context(), caller(directory.PM415), h.mailed(m.Address))))
	return u
}

// Accounts with addresses of the same mailbox do not use up the notices of another one, and
// an address that was never verified gets none.
func TestNoticesOfOtherAccountsDoNotKeepTheOwnerFromMoving(t *testing.T) {
	t.Parallel()
	h := open(t, func(o *directory.Options) { o.MailPerHour, o.MailPerDay = 3, 3 })
	h.verified("victim", "victim@corp.example")
	h.clock.turn(25 * time.Hour)
	for i := range 10 {
		eve := h.person(fmt.Sprint("eve", i), func(n *directory.NewUser) { n.Email = fmt.Sprintf("victim+%d@corp.example", i) })
		h.move(h.as(eve), fmt.Sprintf("eve%d@evil.example", i))
		if _, found := h.mail(fmt.Sprintf("victim+%d@corp.example", i)); found {
			t.Error("an address that was never verified got a notice")
		}
	}
	victim := need(t, func() (directory.User, error) { return h.UserByUsername(t.Context(), operator(), "victim") })
	h.move(h.as(victim), "victim@new.example")
	if m, found := h.mail("victim@corp.example"); !found || !strings.Contains(m.Link, "/account/revert-address/") {
		t.Errorf("the notice is %+v", m)
	}
}

// When notices are used up the address still changes, the event says that no notice was
// sent, and the link of the last notice takes the change back.
func TestFullBudgetOfNoticesDoesNotKeepAnAddressFromChanging(t *testing.T) {
	t.Parallel()
	h := open(t, func(o *directory.Options) { o.MailPerHour, o.MailPerDay, o.Login.AccountFailures = 3, 3, 100 })
	ada := h.verified("ada", address("ada"))
	h.clock.turn(25 * time.Hour)
	actor := h.as(ada)
	for i := range 6 {
		h.move(actor, fmt.Sprintf("thief%d@example.net", i))
	}
	var last directory.QueuedMail
	notices := 0
	for {
		m, found := h.mail(address("ada"))
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
	for _, e := range h.events() {
		if strings.Contains(e.Detail, "notice to the former address not sent") && e.User == ada.ID {
			unsent++
		}
	}
	if notices != 3 || unsent != 3 {
		t.Errorf("%d notices were sent, %d are recorded as not sent", notices, unsent)
	}
	need(t, func() (directory.User, error) { return h.revert(tokenIn(t, last.Link), password("again")) })
	if got := h.addresses(ada); len(got) != 1 || got[0] != address("ada") {
		t.Errorf("the addresses are %v", got)
	}
}

// For users, an address of two accounts is taken. Only administrators learn that two
// accounts have it.
func TestAddressOfTwoAccountsIsTakenForUsers(t *testing.T) {
	t.Parallel()
	h := open(t, func(o *directory.Options) { o.Login.TellingAnswers = 10 })
	ada, ben, eve, root := h.person("ada"), h.person("ben"), h.person("eve"), h.person("root", admin)
	for n, owner := range []directory.UserID{ada.ID, ben.ID} {
		h.raw(fmt.Sprintf(`INSERT INTO emails (user_id, address, address_key, is_primary, verified, created_at, collision)
			VALUES (%d, 'two@example.org', 'two@example.org', FALSE, TRUE, 1, %d)`, owner, n))
	}
	add := func(actor directory.Actor, id directory.UserID) error {
		return none(h.AddEmail(t.Context(), actor, id, "two@example.org"))
	}
	for range 2 {
		faulty(t, add(h.as(eve), eve.ID), "email", directory.Taken)
	}
	limited(t, add(h.as(eve), eve.ID), 10*time.Minute)
	faulty(t, add(h.as(root), root.ID), "email", directory.Ambiguous)
}

// Answers that an address is taken are bounded by user and by network; administrators of
// the server see all addresses.
func TestTakenAnswersAtChangesOfAddressAreBounded(t *testing.T) {
	t.Parallel()
	h := open(t, func(o *directory.Options) { o.Login.TellingAnswers = 10; o.Login.AccountFailures = 100 })
	h.person("ada")
	root := h.person("root", admin)
	eve, ben := h.person("eve"), h.person("ben")
	add := func(actor directory.Actor, id directory.UserID, to string) error {
		return none(h.AddEmail(t.Context(), actor, id, to))
	}
	attacker := h.as(eve)
	refused(t, add(attacker, eve.ID, address("ada")), directory.Conflict)
	refused(t, none(h.ChangeMe(t.Context(), attacker, directory.SelfChange{Email: ref(address("ada"))})), directory.Conflict)
	limited(t, add(attacker, eve.ID, address("ada")), 10*time.Minute)
	limited(t, add(attacker, eve.ID, "free@example.net"), 10*time.Minute)
	limited(t, none(h.ChangeMe(t.Context(), attacker, directory.SelfChange{Email: ref("free@example.net")})), 10*time.Minute)
	h.must(none(h.ChangeMe(t.Context(), attacker, directory.SelfChange{GivenName: ref("Eve")})))
	h.must(add(h.as(ben), ben.ID, "ben@example.net"))
	for range 30 {
		refused(t, add(h.as(root), root.ID, address("ada")), directory.Conflict)
	}
	h.clock.turn(11 * time.Minute)
	h.must(add(attacker, eve.ID, "free@example.net"))
}

// sentTo counts the emails to one address since the last call.
func (h *house) sentTo(to string) (n int) {
	h.t.Helper()
	for {
		if _, found := h.mail(to); !found {
			return n
		}
		n++
	}
}

// An account from open sign-up uses up neither the invitations nor the resets nor the
// verifications of an address, in whatever spelling it adds the address to itself.
func TestAddressesOfPendingUsersDoNotStarveTheMailbox(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"c.arol+%d@corp.example", "carol+%d@corp.example", "CAROL+%d@Corp.Example"} {
		h := open(t)
		org := h.org("Lab")
		chief := h.person("chief")
		h.must(h.AddMember(t.Context(), operator(), org.ID, chief.ID, directory.RoleAdmin))
		carol := h.person("carol", func(n *directory.NewUser) { n.Email = "carol@corp.example" })
		h.must(h.AddMember(t.Context(), operator(), org.ID, carol.ID, directory.RoleMember))
		h.must(register(h, directory.Wekan, directory.Registration{Username: "eve", Email: "eve@evil.example", Password: password("eve")}))
		eve := need(t, func() (directory.User, error) { return h.UserByUsername(t.Context(), operator(), "eve") })
		h.mail("all")
		for i := range 8 {
			h.must(none(h.AddEmail(t.Context(), h.as(eve), eve.ID, fmt.Sprintf(typed, i))))
		}
		h.mail("all")
		h.must(h.ResetMemberPasswords(t.Context(), h.as(chief), org.ID, []directory.UserID{carol.ID}))
		h.must(none(h.Invite(t.Context(), operator(), directory.NewInvitation{Org: org.ID, Email: "carol+new@corp.example"})))
		h.must(none(h.SendVerification(t.Context(), h.as(carol), carol.ID, carol.Primary().ID)))
	}
}

// One account has half of what users may ask for, and administrators of the server have a share
// that no other account uses up.
func TestOneAccountHasHalfOfAShare(t *testing.T) {
	t.Parallel()
	h := open(t)
	invite := func(name string) (sent int) {
		org := h.org("Org of " + name)
		chief := h.person(name)
		h.must(h.AddMember(t.Context(), operator(), org.ID, chief.ID, directory.RoleAdmin))
		for i := range 5 {
			_, err := h.Invite(t.Context(), h.as(chief), directory.NewInvitation{Org: org.ID, Email: fmt.Sprintf("victim+%s%d@corp.example", name, i)})
			if err == nil {
				sent++
			} else if directory.KindOf(err) != directory.Limited {
				t.Fatal(err)
			}
		}
		return sent
	}
	if a, b, c := invite("eve"), invite("mallory"), invite("trudy"); a != 2 || b != 1 || c != 0 {
		t.Errorf("sent %d, %d, %d", a, b, c)
	}
	root := h.person("root", admin)
	home := h.org("Lab")
	invited := func() error {
		return none(h.Invite(t.Context(), h.as(root), directory.NewInvitation{Org: home.ID, Email: "victim@corp.example"}))
	}
	h.must(invited())
	limited(t, none(h.Invite(t.Context(), operator(), directory.NewInvitation{Org: home.ID, Email: "vic.tim@corp.example"})), time.Hour)
}

// Requests for addresses without an account use up nothing of the address of an account.
func TestAddressesWithoutAnAccountDoNotStarveRecovery(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("boss", func(n *directory.NewUser) { n.Email = "boss@corp.example" })
	for i := range 20 {
		for _, typed := range []string{"b.oss+1", "b.oss+2", "bo.s.s", fmt.Sprint("boss+", i)} {
			actor := directory.Caller(directory.Native, fmt.Sprintf("192.0.%d.1", i%4), "")
			h.must(none(h.ForgotPassword(t.Context(), actor, typed+"@corp.example")))
		}
	}
	h.mail("all")
	h.must(none(h.ForgotPassword(t.Context(), directory.Caller(directory.Native, "203.0.113.1", ""), "boss@corp.example")))
	if n := h.sentTo("boss@corp.example"); n != 1 {
		t.Errorf("%d emails", n)
	}
}

// A network that the account knows keeps a recovery of its own, whatever others request.
func TestKnownNetworkKeepsARecovery(t *testing.T) {
	t.Parallel()
	for _, verified := range []bool{false, true} {
		h := open(t)
		if verified {
			h.verified("boss", "boss@corp.example")
		} else {
			h.person("boss", func(n *directory.NewUser) { n.Email = "boss@corp.example" })
		}
		home := directory.Caller(directory.Native, "203.0.113.1", "")
		_, _, _, err := h.LogIn(t.Context(), home, directory.Login{Name: "boss", Password: password("boss")}, directory.ConsoleLogin)
		h.must(err)
		h.sentTo("boss@corp.example")
		for i := range 60 {
			actor := directory.Caller(directory.Native, fmt.Sprintf("192.0.%d.1", i), "")
			h.must(none(h.ForgotPassword(t.Context(), actor, "boss@corp.example")))
		}
		if n := h.sentTo("boss@corp.example"); n != 3 {
			t.Errorf("%d emails to strangers, verified is %v", n, verified)
		}
		for range 5 {
			h.must(none(h.ForgotPassword(t.Context(), home, "boss@corp.example")))
		}
		if n := h.sentTo("boss@corp.example"); n != 1 {
			t.Errorf("%d emails to the known network, verified is %v", n, verified)
		}
	}
}

// One network cannot use up the sign-ups of a mailbox alone.
func TestSignUpIsBoundedByNetworkToo(t *testing.T) {
	t.Parallel()
	h := open(t)
	from := func(network string) {
		for i := range 5 {
			actor := directory.Caller(directory.Native, network, "")
			h.must(none(h.Register(t.Context(), actor, directory.Registration{Email: fmt.Sprintf("b.oss+%s%d@corp.example", network[:3], i), Password: password("x")})))
		}
		h.mail("all")
	}
	h.mail("all")
	h.letters = nil
	from("192.0.2.1")
	if n := len(h.letters); n != 1 {
		t.Errorf("%d emails by one network", n)
	}
	from("198.51.100.1")
	from("203.0.113.1")
	if n := len(h.letters); n != 2 {
		t.Errorf("%d emails in all", n)
	}
}
