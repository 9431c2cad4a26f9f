package directory_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

const (
	newPrimary = "new@example.org"
	secondMail = "second@example.org"
)

// pendingLinks is a user with one emailed link of each kind: for a former verified address, an unverified
// primary one, and a second one.
type pendingLinks struct {
	*fixture
	user  model.User
	links map[string]secret.Text
}

func withPendingLinks(t *testing.T) *pendingLinks {
	t.Helper()
	h := newFixture(t, func(o *directory.Options) { o.MailPerHour, o.MailPerDay, o.Login.AccountFailures = 100, 100, 100 })
	u := h.addVerifiedUser("ada")
	must(t, func() (model.Email, error) { return h.AddEmail(t.Context(), h.Actor(u), u.ID, secondMail) })
	second := h.EmailedToken(secondMail)
	h.changeAddress(h.Actor(u), newPrimary)
	p := &pendingLinks{h, u, map[string]secret.Text{"second": second, "primary": h.EmailedToken(newPrimary), "revert": h.EmailedToken(address("ada"))}}
	must(t, func() (model.User, error) {
		return h.ForgotPassword(t.Context(), caller(model.PM415), newPrimary)
	})
	p.links["reset"] = h.EmailedToken(address("ada"))
	if h.mails(newPrimary) {
		t.Fatal("a reset link was mailed to the unverified address")
	}
	return p
}

func (h *fixture) mails(to string) bool { _, found := h.NextEmail(to); return found }

// validLinks returns the names of the valid links.
func (p *pendingLinks) validLinks() string {
	p.T.Helper()
	purposes := map[string]model.Purpose{
		"primary": model.VerifyEmail, "second": model.VerifyEmail, "reset": model.ResetPassword, "revert": model.RevertEmail,
	}
	var all []string
	for name, token := range p.links {
		_, err := p.LinkByToken(p.T.Context(), caller(model.Console), purposes[name], token)
		switch {
		case err == nil:
			all = append(all, name)
		case fault.KindOf(err) != fault.Expired:
			p.T.Errorf("%s: %v", name, err)
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func (p *pendingLinks) email(address string) model.EmailID {
	p.T.Helper()
	for _, e := range must(p.T, func() ([]model.Email, error) { return p.Emails(p.T.Context(), operator(), p.user.ID) }) {
		if e.Address == address {
			return e.ID
		}
	}
	p.T.Fatalf("no address %s", address)
	return 0
}

func (p *pendingLinks) removeSecond() error {
	return none(p.RemoveEmail(p.T.Context(), operator(), p.user.ID, p.email(secondMail)))
}

func (p *pendingLinks) moves(to string) func() error {
	return func() error { return p.change(operator(), p.user.ID, directory.UserChange{Email: &to}) }
}

func (p *pendingLinks) verify(link string) func() error {
	return func() error { return none(p.VerifyEmail(p.T.Context(), caller(model.Native), p.links[link])) }
}

func (p *pendingLinks) invited(to string) func() error {
	return func() error {
		_, err := p.Invite(p.T.Context(), operator(), invitation.NewInvitation{Org: p.AddOrganization("Other").ID, Email: to})
		p.Must(err)
		return none(p.accept(p.EmailedToken(to), "other"))
	}
}

func TestLinksEndAsInTheTable(t *testing.T) {
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
		"all sessions end": {all, func(p *pendingLinks) error { return p.RevokeSessionsOf(t.Context(), operator(), p.user.ID, "") }},
		"the password is reset by a link to the former address": {none_, func(p *pendingLinks) error {
			return p.resetPassword(p.links["reset"], password("next"))
		}},
		"the change of address is taken back": {none_, func(p *pendingLinks) error {
			return none(p.RevertEmail(t.Context(), caller(model.Console), p.links["revert"], password("next")))
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
		"two days pass":           {"primary revert second", func(p *pendingLinks) error { p.Clock.Advance(48 * time.Hour); return nil }},
		"four days pass":          {"revert", func(p *pendingLinks) error { p.Clock.Advance(96 * time.Hour); return nil }},
		"another user is blocked": {all, func(p *pendingLinks) error { return none(p.BlockUser(t.Context(), operator(), p.AddUser("eve").ID)) }},
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			p := withPendingLinks(t)
			p.Must(row.do(p))
			if got := p.validLinks(); got != row.lives {
				t.Errorf("%q can be used, want %q", got, row.lives)
			}
		})
	}
}

// A verified primary address changes: the reset link that was mailed there ends.
func TestPasswordResetKeepsVerificationsOfOtherAddresses(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.addVerifiedUser("ada")
	must(t, func() (model.Email, error) { return h.AddEmail(t.Context(), h.Actor(u), u.ID, secondMail) })
	second := h.EmailedToken(secondMail)
	h.Must(h.resetPassword(h.requestReset(address("ada")), password("next")))
	shown := must(t, func() (directory.LinkPreview, error) {
		return h.LinkByToken(t.Context(), caller(model.Console), model.VerifyEmail, second)
	})
	if shown != (directory.LinkPreview{Address: secondMail}) {
		t.Errorf("shown %+v", shown)
	}
	h.Must(none(h.VerifyEmail(t.Context(), caller(model.Native), second)))
}

// A link verifies the mailbox that it was emailed to, not one that looks like it.
func TestVerificationDoesNotVerifyAnotherSpelling(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.addVerifiedUser("ada")
	must(t, func() (model.Email, error) {
		return h.AddEmail(t.Context(), h.Actor(u), u.ID, "strasse@example.org")
	})
	link := h.EmailedToken("strasse@example.org")
	h.Must(h.change(operator(), u.ID, directory.UserChange{Email: ref("straße@example.org")}))
	wantKind(t, none(h.VerifyEmail(t.Context(), caller(model.Native), link)), fault.Expired)
}
