package directory_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

const (
	newPrimary = "new@example.org"
	secondMail = "second@example.org"
)

// pendingLinks is a user with one link of each kind that is mailed to a user: a former,
// verified address, a primary one that is not verified, and a second one.
type pendingLinks struct {
	*house
	user  directory.User
	links map[string]secret.Text
}

func withPendingLinks(t *testing.T) *pendingLinks {
	t.Helper()
	h := open(t, func(o *directory.Options) { o.MailPerHour, o.MailPerDay, o.Login.AccountFailures = 100, 100, 100 })
	u := h.proven("ada")
	need(t, func() (directory.Email, error) { return h.AddEmail(t.Context(), h.as(u), u.ID, secondMail) })
	second := h.mailed(secondMail)
	h.move(h.as(u), newPrimary)
	p := &pendingLinks{h, u, map[string]secret.Text{"second": second, "primary": h.mailed(newPrimary), "revert": h.mailed(address("ada"))}}
	need(t, func() (directory.User, error) {
		return h.ForgotPassword(t.Context(), caller(directory.PM415), newPrimary)
	})
	p.links["reset"] = h.mailed(address("ada"))
	if h.mails(newPrimary) {
		t.Fatal("a reset link was mailed to the unverified address")
	}
	return p
}

func (h *house) mails(to string) bool { _, found := h.mail(to); return found }

// living names the links that can be used.
func (p *pendingLinks) living() string {
	p.t.Helper()
	purposes := map[string]directory.Purpose{
		"primary": directory.VerifyEmail, "second": directory.VerifyEmail, "reset": directory.ResetPassword, "revert": directory.RevertAddress,
	}
	var all []string
	for name, token := range p.links {
		_, err := p.LinkByToken(p.t.Context(), caller(directory.Console), purposes[name], token)
		switch {
		case err == nil:
			all = append(all, name)
		case directory.KindOf(err) != directory.Expired:
			p.t.Errorf("%s: %v", name, err)
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func (p *pendingLinks) email(address string) directory.EmailID {
	p.t.Helper()
	for _, e := range need(p.t, func() ([]directory.Email, error) { return p.Emails(p.t.Context(), operator(), p.user.ID) }) {
		if e.Address == address {
			return e.ID
		}
	}
	p.t.Fatalf("no address %s", address)
	return 0
}

func (p *pendingLinks) removeSecond() error {
	return none(p.RemoveEmail(p.t.Context(), operator(), p.user.ID, p.email(secondMail)))
}

func (p *pendingLinks) moves(to string) func() error {
	return func() error { return p.change(operator(), p.user.ID, directory.UserChange{Email: &to}) }
}

func (p *pendingLinks) verify(link string) func() error {
	return func() error { return none(p.Verify(p.t.Context(), caller(directory.Native), p.links[link])) }
}

func (p *pendingLinks) invited(to string) func() error {
	return func() error {
		_, err := p.Invite(p.t.Context(), operator(), directory.NewInvitation{Org: p.org("Other").ID, Email: to})
		p.must(err)
		return none(p.accept(p.mailed(to), "other"))
	}
}

func TestLinksLiveAndDieAsTheTableSays(t *testing.T) {
	t.Parallel()
	const all, none_ = "primary reset revert second", ""
	for operation, row := range map[string]struct {
		lives string
		do    func(p *pendingLinks) error
	}{
		"nothing": {all, func(*pendingLinks) error { return nil }},
		"names change": {all, func(p *pendingLinks) error {
			return p.change(operator(), p.user.ID, directory.UserChange{Username: ref("ada2"), Name: ref("Ada L."), Bio: ref("b")})
		}},
		"a third address is added": {all, func(p *pendingLinks) error {
			return none(p.AddEmail(t.Context(), operator(), p.user.ID, "third@example.org"))
		}},
		"a third address is removed": {all, func(p *pendingLinks) error {
			e, err := p.AddEmail(t.Context(), operator(), p.user.ID, "third@example.org")
			return firstOf(err, none(p.RemoveEmail(t.Context(), operator(), p.user.ID, e.ID)))
		}},
		"the verifications are sent again": {all, func(p *pendingLinks) error {
			return firstOf(none(p.SendVerification(t.Context(), operator(), p.user.ID, p.email(secondMail))),
				none(p.SendVerification(t.Context(), operator(), p.user.ID, p.email(newPrimary))))
		}},
		"the second address is removed": {"primary reset revert", (*pendingLinks).removeSecond},
		"the second address is removed and added again": {"primary reset revert", func(p *pendingLinks) error {
			return firstOf(p.removeSecond(), none(p.AddEmail(t.Context(), operator(), p.user.ID, secondMail)))
		}},
		"the second address moves to another user": {"primary reset revert", func(p *pendingLinks) error { return p.invited(secondMail)() }},
		"the second address is verified":           {all, func(p *pendingLinks) error { return p.verify("second")() }},
		"the second address becomes the primary":   {"second", func(p *pendingLinks) error { return p.moves(secondMail)() }},
		"the primary address changes":              {"second", func(p *pendingLinks) error { return p.moves("third@example.org")() }},
		"the primary address changes and comes back": {"second", func(p *pendingLinks) error {
			return firstOf(p.moves("third@example.org")(), p.moves(newPrimary)())
		}},
		"the case of the primary address changes":   {all, func(p *pendingLinks) error { return p.moves("NEW@Example.org")() }},
		"the primary address is verified":           {"primary second", func(p *pendingLinks) error { return p.verify("primary")() }},
		"the primary address moves to another user": {"second", func(p *pendingLinks) error { return p.invited(newPrimary)() }},
		"the former address is removed": {"primary second", func(p *pendingLinks) error {
			return none(p.RemoveEmail(t.Context(), operator(), p.user.ID, p.email(address("ada"))))
		}},
		"the password changes": {"primary revert second", func(p *pendingLinks) error {
			return p.change(operator(), p.user.ID, directory.UserChange{Password: ref(password("next"))})
		}},
		"all sessions end": {all, func(p *pendingLinks) error { return p.EndSessions(t.Context(), operator(), p.user.ID, "") }},
		"the password is reset by a link to the former address": {none_, func(p *pendingLinks) error {
			return p.renew(p.links["reset"], password("next"))
		}},
		"the change of address is taken back": {none_, func(p *pendingLinks) error {
			return none(p.RevertAddress(t.Context(), caller(directory.Console), p.links["revert"], password("next")))
		}},
		"the operator recovers the account": {none_, func(p *pendingLinks) error {
			return none(p.CreateAdministrator(t.Context(), operator(), directory.Administrator{Username: "ada", Email: address("ada"), Password: password("next")}))
		}},
		"the user is blocked": {none_, func(p *pendingLinks) error { return none(p.BlockUser(t.Context(), operator(), p.user.ID)) }},
		"the user is blocked and unblocked": {none_, func(p *pendingLinks) error {
			return firstOf(none(p.BlockUser(t.Context(), operator(), p.user.ID)), none(p.UnblockUser(t.Context(), operator(), p.user.ID)))
		}},
		"the user is deactivated": {none_, func(p *pendingLinks) error { return none(p.DeactivateUser(t.Context(), operator(), p.user.ID)) }},
		"the user is deactivated and reactivated": {none_, func(p *pendingLinks) error {
			return firstOf(none(p.DeactivateUser(t.Context(), operator(), p.user.ID)), none(p.ReactivateUser(t.Context(), operator(), p.user.ID)))
		}},
		"the user is deleted":     {none_, func(p *pendingLinks) error { return none(p.DeleteUser(t.Context(), operator(), p.user.ID)) }},
		"two days pass":           {"primary revert second", func(p *pendingLinks) error { p.clock.turn(48 * time.Hour); return nil }},
		"four days pass":          {"revert", func(p *pendingLinks) error { p.clock.turn(96 * time.Hour); return nil }},
		"another user is blocked": {all, func(p *pendingLinks) error { return none(p.BlockUser(t.Context(), operator(), p.person("eve").ID)) }},
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			p := withPendingLinks(t)
			p.must(row.do(p))
			if got := p.living(); got != row.lives {
				t.Errorf("%q can be used, want %q", got, row.lives)
			}
		})
	}
}

// A verified primary address changes: the reset link that was mailed there ends.
func TestOtherVerificationsOutliveAResetByAVerifiedAddress(t *testing.T) {
	t.Parallel()
	h := open(t)
	u := h.proven("ada")
	need(t, func() (directory.Email, error) { return h.AddEmail(t.Context(), h.as(u), u.ID, secondMail) })
	second := h.mailed(secondMail)
	h.must(h.renew(h.forgot(address("ada")), password("next")))
	shown := need(t, func() (directory.ShownLink, error) {
		return h.LinkByToken(t.Context(), caller(directory.Console), directory.VerifyEmail, second)
	})
	if shown != (directory.ShownLink{Address: secondMail}) {
		t.Errorf("shown %+v", shown)
	}
	h.must(none(h.Verify(t.Context(), caller(directory.Native), second)))
}

// A link proves the mailbox that it was mailed to, not one that only looks alike.
func TestVerificationDoesNotProveAnotherSpelling(t *testing.T) {
	t.Parallel()
	h := open(t)
	u := h.proven("ada")
	need(t, func() (directory.Email, error) { return h.AddEmail(t.Context(), h.as(u), u.ID, "strasse@example.org") })
	link := h.mailed("strasse@example.org")
	h.must(h.change(operator(), u.ID, directory.UserChange{Email: ref("straße@example.org")}))
	refused(t, none(h.Verify(t.Context(), caller(directory.Native), link)), directory.Expired)
}
