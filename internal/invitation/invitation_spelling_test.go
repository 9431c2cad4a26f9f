package invitation_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

// Addresses are unique without regard to compatibility characters and case folding, but mail
// servers deliver "ﬁ" and "fi", "ß" and "ss", to different mailboxes. So an invitation that was
// mailed to one spelling verifies no other.

func TestInvitationToAnotherSpellingDoesNotVerifyAClaimedAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.Must(register(h, model.Wekan, registration.Input{Username: "mallory", Email: "finance@example.org", Password: password("mallory")}))
	mailed := h.inviteTo(h.AddOrganization("Acme").ID, "ﬁnance@example.org")
	_, err := h.LogIn(t.Context(), caller(model.Native),
		login.Attempt{Name: "mallory", Password: password("mallory"), Invitation: mailed}, model.ConsoleLogin)
	h.Must(err) // joins, as with the link that the inviter sees
	u := must(t, func() (model.User, error) { return h.UserNamed(t.Context(), operator(), "mallory") })
	if u.Primary().Verified {
		t.Error("a link to another mailbox verified the address")
	}
}

func TestInvitationToAnotherSpellingTakesNoAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.Must(register(h, model.Wekan, registration.Input{Username: "owner", Email: "office@example.org", Password: password("owner")}))
	token := h.inviteTo(h.AddOrganization("Acme").ID, "oﬃce@example.org")
	_, err := h.accept(token, "mallory")
	wantFault(t, err, "email", fault.Taken)
	u := must(t, func() (model.User, error) { return h.UserNamed(t.Context(), operator(), "owner") })
	if u.Primary().Address != "office@example.org" {
		t.Errorf("the address is %q now", u.Primary().Address)
	}
}

func TestInvitationToAnotherSpellingCompletesNoRegistration(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) {
		o.SignUp, o.SignUpDomains = registration.ByDomain, []string{"example.org"}
	})
	h.Must(register(h, model.Wekan, registration.Input{Username: "joan", Email: "strasse@example.org", Password: password("joan")}))
	token := h.inviteTo(h.AddOrganization("Acme").ID, "straße@example.org")
	_, err := h.accept(token, "mallory")
	wantFault(t, err, "email", fault.Taken)
}

func TestInvitationIsInvalidAfterItsUserGotAnotherSpelling(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	sent, token := h.invite("oﬃce@example.org", true, 0)
	h.Must(h.change(operator(), sent.User.ID, directory.UserChange{Email: ref("office@example.org")}))
	_, err := h.accept(token, "mallory")
	wantKind(t, err, fault.Expired)
}

// inviteTo returns the token that is mailed to an address.
func (h *fixture) inviteTo(org model.OrgID, address string) secret.Text {
	h.T.Helper()
	_, err := h.Invite(h.T.Context(), operator(), invitation.NewInvitation{Org: org, Email: address})
	h.Must(err)
	return h.EmailedToken(address)
}
