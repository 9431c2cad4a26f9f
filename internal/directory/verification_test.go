package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

func TestVerificationIsResent(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.addVerifiedUser("ada")
	e := must(t, func() (model.Email, error) { return h.AddEmail(t.Context(), h.Actor(u), u.ID, secondMail) })
	first := h.EmailedToken(secondMail)
	for name, actor := range map[string]model.Actor{"the user": h.Actor(u), "an administrator": h.Actor(h.AddUser("root", admin))} {
		must(t, func() (model.Email, error) { return h.SendVerification(t.Context(), actor, u.ID, e.ID) })
		if token := h.EmailedToken(secondMail); token == first {
			t.Errorf("%s sent the same link", name)
		}
	}
	if n := count(h.AllEvents(), model.EmailResend, u.ID); n != 2 {
		t.Errorf("%d events", n)
	}
	h.Must(none(h.VerifyEmail(t.Context(), caller(model.Native), first)))
	wantKind(t, none(h.SendVerification(t.Context(), h.Actor(u), u.ID, e.ID)), fault.Conflict)
	if h.mails(secondMail) {
		t.Error("a verified address was mailed a link")
	}
}

func TestVerificationIsSentForOwnAddressesOnly(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada, eve := h.AddUser("ada"), h.Actor(h.AddUser("eve"))
	e := must(t, func() ([]model.Email, error) { return h.Emails(t.Context(), operator(), ada.ID) })[0]
	wantKind(t, none(h.SendVerification(t.Context(), eve, ada.ID, e.ID)), fault.NotFound)
	own := must(t, func() (model.User, error) { return h.Me(t.Context(), eve) })
	wantKind(t, none(h.SendVerification(t.Context(), eve, own.ID, e.ID)), fault.NotFound)
	wantKind(t, none(h.SendVerification(t.Context(), h.Actor(ada, model.ScopeReadUser), ada.ID, e.ID)), fault.Forbidden)
	sent, _ := h.invite("waits@example.org", true, model.RoleMember)
	wantKind(t, none(h.SendVerification(t.Context(), operator(), sent.User.ID, sent.User.Primary().ID)), fault.Conflict)
	must(t, func() (model.User, error) { return h.BlockUser(t.Context(), operator(), ada.ID) })
	wantKind(t, none(h.SendVerification(t.Context(), operator(), ada.ID, e.ID)), fault.Conflict)
	if h.mails(address("ada")) || h.mails("waits@example.org") {
		t.Error("a refusal sent an email")
	}
}

func TestVerificationsAreLimited(t *testing.T) {
	t.Parallel()
	for name, bound := range map[string]func(*directory.Options){
		"by user":    func(o *directory.Options) { o.MailPerHour, o.Login.AccountFailures = 100, 3 },
		"by mailbox": func(o *directory.Options) { o.MailPerHour, o.Login.AccountFailures = 18, 100 }, // half of three tenths
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t, bound)
			u := h.AddUser("ada")
			e := must(t, func() ([]model.Email, error) { return h.Emails(t.Context(), operator(), u.ID) })[0]
			for range 3 {
				must(t, func() (model.Email, error) { return h.SendVerification(t.Context(), h.Actor(u), u.ID, e.ID) })
			}
			err := none(h.SendVerification(t.Context(), h.Actor(u), u.ID, e.ID))
			wantKind(t, err, fault.Limited)
			h.Clock.Advance(61 * time.Minute)
			must(t, func() (model.Email, error) { return h.SendVerification(t.Context(), h.Actor(u), u.ID, e.ID) })
		})
	}
}

// The link that an administrator resends completes the registration.
func TestResentVerificationCompletesARegistration(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.Must(register(h, model.Native, registration.Input{Username: "odo", Email: "odo@example.org", Password: "long enough 1", Organization: "Odo"}))
	first := h.EmailedToken("odo@example.org")
	u := must(t, func() (model.User, error) { return h.UserByEmail(t.Context(), operator(), "odo@example.org") })
	must(t, func() (model.Email, error) {
		return h.SendVerification(t.Context(), operator(), u.ID, u.Primary().ID)
	})
	again := h.EmailedToken("odo@example.org")
	for _, token := range []secret.Text{again, first} {
		got := must(t, func() (model.User, error) { return h.VerifyEmail(t.Context(), caller(model.Native), token) })
		if got.Username != "odo" || got.State != model.Active {
			t.Errorf("verified %+v", got)
		}
	}
	must(t, func() (model.Organization, error) { return h.OrganizationBySlug(t.Context(), operator(), "odo") })
}
