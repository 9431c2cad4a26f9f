package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

func TestVerificationIsSentAgain(t *testing.T) {
	t.Parallel()
	h := open(t)
	u := h.proven("ada")
	e := need(t, func() (directory.Email, error) { return h.AddEmail(t.Context(), h.as(u), u.ID, secondMail) })
	first := h.mailed(secondMail)
	for name, actor := range map[string]directory.Actor{"the user": h.as(u), "an administrator": h.as(h.person("root", admin))} {
		need(t, func() (directory.Email, error) { return h.SendVerification(t.Context(), actor, u.ID, e.ID) })
		if token := h.mailed(secondMail); token == first {
			t.Errorf("%s sent the same link", name)
		}
	}
	if n := count(h.events(), directory.EmailResend, u.ID); n != 2 {
		t.Errorf("%d events", n)
	}
	h.must(none(h.Verify(t.Context(), caller(directory.Native), first)))
	refused(t, none(h.SendVerification(t.Context(), h.as(u), u.ID, e.ID)), directory.Conflict)
	if h.mails(secondMail) {
		t.Error("a verified address was mailed a link")
	}
}

func TestVerificationIsSentForOwnAddressesAlone(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada, eve := h.person("ada"), h.as(h.person("eve"))
	e := need(t, func() ([]directory.Email, error) { return h.Emails(t.Context(), operator(), ada.ID) })[0]
	refused(t, none(h.SendVerification(t.Context(), eve, ada.ID, e.ID)), directory.NotFound)
	own := need(t, func() (directory.User, error) { return h.Me(t.Context(), eve) })
	refused(t, none(h.SendVerification(t.Context(), eve, own.ID, e.ID)), directory.NotFound)
	refused(t, none(h.SendVerification(t.Context(), h.as(ada, directory.ScopeReadUser), ada.ID, e.ID)), directory.Forbidden)
	sent, _ := h.invite("waits@example.org", true, directory.RoleMember)
	refused(t, none(h.SendVerification(t.Context(), operator(), sent.User.ID, sent.User.Primary().ID)), directory.Conflict)
	need(t, func() (directory.User, error) { return h.BlockUser(t.Context(), operator(), ada.ID) })
	refused(t, none(h.SendVerification(t.Context(), operator(), ada.ID, e.ID)), directory.Conflict)
	if h.mails(address("ada")) || h.mails("waits@example.org") {
		t.Error("a refusal sent an email")
	}
}

func TestVerificationsAreBounded(t *testing.T) {
	t.Parallel()
	for name, bound := range map[string]func(*directory.Options){
		"by user":    func(o *directory.Options) { o.MailPerHour, o.Login.AccountFailures = 100, 3 },
		"by mailbox": func(o *directory.Options) { o.MailPerHour, o.Login.AccountFailures = 18, 100 }, // half of three tenths
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, bound)
			u := h.person("ada")
			e := need(t, func() ([]directory.Email, error) { return h.Emails(t.Context(), operator(), u.ID) })[0]
			for range 3 {
				need(t, func() (directory.Email, error) { return h.SendVerification(t.Context(), h.as(u), u.ID, e.ID) })
			}
			err := none(h.SendVerification(t.Context(), h.as(u), u.ID, e.ID))
			refused(t, err, directory.Limited)
			h.clock.turn(61 * time.Minute)
			need(t, func() (directory.Email, error) { return h.SendVerification(t.Context(), h.as(u), u.ID, e.ID) })
		})
	}
}

// The link that an administrator sends again makes what the registration asked for.
func TestVerificationSentAgainCompletesARegistration(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.must(register(h, directory.Native, directory.Registration{Username: "odo", Email: "odo@example.org", Password: "long enough 1", Organization: "Odo"}))
	first := h.mailed("odo@example.org")
	u := need(t, func() (directory.User, error) { return h.UserByEmail(t.Context(), operator(), "odo@example.org") })
	need(t, func() (directory.Email, error) {
		return h.SendVerification(t.Context(), operator(), u.ID, u.Primary().ID)
	})
	again := h.mailed("odo@example.org")
	for _, token := range []secret.Text{again, first} {
		got := need(t, func() (directory.User, error) { return h.Verify(t.Context(), caller(directory.Native), token) })
		if got.Username != "odo" || got.State != directory.Active {
			t.Errorf("verified %+v", got)
		}
	}
	need(t, func() (directory.Organization, error) { return h.OrganizationBySlug(t.Context(), operator(), "odo") })
}
