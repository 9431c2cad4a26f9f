package directory_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

// queueRequests queues a recovery of ada and a sign-up of new.
func (h *fixture) queueRequests() {
	h.T.Helper()
	h.Must(h.RequestRecovery(h.T.Context(), caller(model.Native), address("ada")))
	h.Must(register(h, model.Native, registration.Input{Email: address("new"), Password: "some long phrase"}))
}

func TestKeyRotationKeepsQueuedRequests(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	h.queueRequests()
	h.Must(h.Keyring.Rotate(h.KeyFile))
	must(t, func() (int, error) { return h.Rekey(t.Context(), operator(), func(int) {}) })
	h.Must(h.Keyring.Retire(h.KeyFile))
	h.Must(h.resetPassword(h.EmailedToken(address("ada")), "another long phrase"))
	must(t, func() (model.User, error) {
		return h.VerifyEmail(t.Context(), caller(model.Console), h.EmailedToken(address("new")))
	})
}

// interrupted is a store that calls a function after its first write.
type interrupted struct {
	model.Store
	then func()
}

func (s *interrupted) Update(ctx context.Context, fn func(model.Writer) error) error {
	err := s.Store.Update(ctx, fn)
	if then := s.then; then != nil {
		s.then = nil
		then()
	}
	return err
}

// A node leases two requests and is delayed until its leases have expired. Meanwhile another node executes
// them.
func TestQueuedRequestIsExecutedOnce(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	h.queueRequests()
	slow := &interrupted{Store: h.Store, then: func() {
		h.Clock.Advance(2 * time.Hour)
		for _, to := range []string{"ada", "new"} {
			if _, found := h.NextEmail(address(to)); !found {
				t.Errorf("the other node sent nothing to %s", to)
			}
		}
	}}
	node := directory.New(slow, h.Hasher, h.Keyring, mail.Renderer{Base: "https://roster.example"}, directorytest.WithDefaults(directory.Options{Now: h.Clock.Now}))
	again := must(t, func() ([]mailqueue.Email, error) {
		return directory.NewMailQueue(node).Lease(t.Context(), 1000, time.Hour)
	})
	if len(again) > 0 {
		t.Errorf("the requests were carried out twice: %+v", again)
	}
}

func TestFailedRequestDoesNotDelayEmails(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	must(t, func() (model.User, error) {
		return h.ForgotPassword(t.Context(), caller(model.PM415), address("ada"))
	})
	h.queueRequests()
	h.raw(`CREATE TRIGGER no_deletion BEFORE DELETE ON mails WHEN OLD.recipient = '' BEGIN SELECT RAISE(ABORT, 'stuck'); END`)
	h.raw(`CREATE TRIGGER no_delay BEFORE UPDATE OF attempts ON mails WHEN OLD.recipient = '' BEGIN SELECT RAISE(ABORT, 'stuck'); END`)
	h.EmailedToken(address("ada"))
	h.raw(`DROP TRIGGER no_deletion`)
	h.raw(`DROP TRIGGER no_delay`)
	h.Clock.Advance(2 * time.Hour)
	h.EmailedToken(address("new")) // the requests were kept
}

func TestQueuedSignUpWithTakenNamesSucceeds(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(*fixture){
		"username":     func(h *fixture) { h.AddUser("grace") },
		"organization": func(h *fixture) { h.AddOrganization("Navy") },
		"both":         func(h *fixture) { h.AddUser("grace"); h.AddOrganization("Navy") },
	} {
		h := newFixture(t)
		h.Must(register(h, model.Native, registration.Input{
			Username: "grace", Email: address("new"), Password: secret.Text("some long phrase"), Organization: "Navy",
		}))
		take(h)
		u := must(t, func() (model.User, error) {
			return h.VerifyEmail(t.Context(), caller(model.Console), h.EmailedToken(address("new")))
		})
		username, organization := "grace", "Navy"
		if name != "organization" {
			username = "grace2"
		}
		if name != "username" {
			organization = "Navy2"
		}
		orgs := must(t, func() ([]model.Organization, error) { return h.Organizations(t.Context(), operator()) })
		founded := slices.ContainsFunc(orgs, func(o model.Organization) bool { return o.Name == organization })
		if u.Username != username || !founded {
			t.Errorf("%s taken: the user is %q, the organizations are %+v", name, u.Username, orgs)
		}
	}
}

// A sign-up with an invitation that ends while the request is queued is a plain sign-up: it
// joins and creates no organization, and creates no account if sign-up is closed.
func TestQueuedSignUpWithAnInvalidInvitationIsOrdinary(t *testing.T) {
	t.Parallel()
	for _, mode := range []registration.Mode{registration.Open, registration.Off, registration.ByInvitation} {
		for name, end := range map[string]func(*fixture, model.Invitation){
			"revoked": func(h *fixture, i model.Invitation) {
				h.Must(h.RevokeInvitation(t.Context(), operator(), i.Org, i.ID))
			},
			"expired": func(h *fixture, _ model.Invitation) { h.Clock.Advance(8 * 24 * time.Hour) },
		} {
			h := newFixture(t, func(o *directory.Options) { o.SignUp = mode })
			org := h.AddOrganization("Lab")
			sent := must(t, func() (invitation.Sent, error) {
				return h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: org.ID, Email: address("new"), Role: model.RoleAdmin})
			})
			token := tokenIn(t, sent.Link)
			h.Must(register(h, model.Native, registration.Input{
				Email: address("new"), Password: "some long phrase", Invitation: token, Organization: "Navy",
			}))
			end(h, sent.Invitation)
			link := ""
			for m, found := h.NextEmail(address("new")); found; m, found = h.NextEmail(address("new")) {
				if strings.Contains(m.Link, "/account/verify/") {
					link = m.Link
				}
			}
			if (link != "") != (mode == registration.Open) {
				t.Errorf("%s, %s: the link is %q", mode, name, link)
			}
			if link == "" {
				continue
			}
			u := must(t, func() (model.User, error) {
				return h.VerifyEmail(t.Context(), caller(model.Console), tokenIn(t, link))
			})
			if orgs := must(t, func() ([]model.Organization, error) { return h.Organizations(t.Context(), operator()) }); len(orgs) != 2 {
				t.Errorf("%s: the organizations are %v", name, orgs)
			}
			members := must(t, func() (model.Page[directory.MemberUser], error) {
				return h.MembersPage(t.Context(), operator(), model.UserFilter{Org: org.ID, Limit: 10})
			})
			if members.Total != 0 {
				t.Errorf("%s: %s joined: %+v", name, u.Label(), members.Items)
			}
		}
	}
}

// A pending sign-up has an address and neither a name nor a username. Greeted by the address, it would
// look like text of another user.
func TestEmailToAUserWithoutANameGreetsWithoutOne(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.queueRequests()
	m, found := h.NextEmail("new@example.org")
	if !found || !strings.HasPrefix(m.Text, "Hello,\n") {
		t.Errorf("the email is %t, %q", found, m.Text)
	}
}
