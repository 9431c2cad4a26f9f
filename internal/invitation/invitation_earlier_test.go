package invitation_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/role"
	"roster.example/roster/internal/secret"
)

// invitationStates returns the states of the invitations to an organization, by id.
func (h *fixture) invitationStates(org model.OrgID) []model.InvitationState {
	h.T.Helper()
	var states []model.InvitationState
	for _, i := range must(h.T, func() ([]model.Invitation, error) { return h.Invitations(h.T.Context(), operator(), org) }) {
		states = append(states, i.Status)
	}
	return states
}

func TestOfSeveralInvitationsOfAnAddressTheNewestLinkWorks(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	elsewhere := must(t, func() (invitation.Sent, error) {
		return h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: acme.ID, Email: "ada@example.org"})
	})
	h.EmailedToken("ada@example.org")
	_, expired := h.invite("ada@example.org", false, 0)
	h.Clock.Advance(8 * 24 * time.Hour)
	open, former := h.invite("ADA@example.org", false, model.RoleAdmin)
	before := len(h.AllEvents())
	latest, token := h.invite("ada@example.org", true, model.RoleMember)
	revoked := h.AllEvents()[before]
	for _, e := range h.AllEvents()[before:] {
		if e.Verb == model.InvitationRevoke {
			revoked = e
		}
	}
	if revoked.Verb != model.InvitationRevoke || revoked.TargetID != int64(open.Invitation.ID) || revoked.Detail != "superseded" {
		t.Errorf("the event is %+v", revoked)
	}
	want := []model.InvitationState{model.InvitationRevoked, model.InvitationRevoked, model.InvitationOpen}
	if diff := cmp.Diff(want, h.invitationStates(h.Home.ID)); diff != "" {
		t.Error(diff)
	}
	if got := h.invitationStates(acme.ID); !slices.Equal(got, []model.InvitationState{model.InvitationExpired}) {
		t.Errorf("elsewhere the invitation %d is %v", elsewhere.Invitation.ID, got)
	}
	for _, dead := range []secret.Text{expired, former, tokenIn(t, open.Link)} {
		_, err := h.accept(dead, "eve")
		wantKind(t, err, fault.Expired)
	}
	wantKind(t, none(h.ResendInvitation(t.Context(), operator(), h.Home.ID, open.Invitation.ID)), fault.Conflict)
	if u := must(t, func() (model.User, error) { return h.accept(token, "ada") }); u.ID != latest.User.ID {
		t.Errorf("accepted as %+v", u)
	}
}

func TestConcurrentInvitationsLeaveOneOpen(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.MailPerHour = 100 })
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: h.Home.ID, Email: "ada@example.org"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	states := h.invitationStates(h.Home.ID)
	open := slices.DeleteFunc(slices.Clone(states), func(s model.InvitationState) bool { return s != model.InvitationOpen })
	if len(states) != 8 || len(open) != 1 {
		t.Errorf("the states are %v", states)
	}
}

// An actor that may not revoke an invitation cannot do so by sending another one.
func TestInvitationToAStrongerRoleIsNotSuperseded(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	_, strong := h.invite("ada@example.org", false, model.RoleAdmin)
	role := must(t, func() (model.Role, error) {
		return h.CreateRole(t.Context(), operator(), role.NewRole{Org: h.Home.ID, Name: "Helpers", Permissions: []model.Permission{model.UsersInvite}})
	})
	hal := h.Actor(h.AddUser("hal", in(h.Home.ID, role.ID)))
	_, err := h.Invite(t.Context(), hal, invitation.NewInvitation{Org: h.Home.ID, Email: "ada@example.org", Role: role.ID})
	wantKind(t, err, fault.Forbidden)
	if m, found := h.NextEmail("ada@example.org"); found {
		t.Errorf("an email %q was sent", m.Subject)
	}
	must(t, func() (model.User, error) { return h.accept(strong, "ada") })
}

// An expired invitation grants nothing, so it does not prevent a new one.
func TestExpiredInvitationDoesNotPreventANewOne(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.invite("ada@example.org", false, model.RoleAdmin)
	h.Clock.Advance(8 * 24 * time.Hour)
	role := must(t, func() (model.Role, error) {
		return h.CreateRole(t.Context(), operator(), role.NewRole{Org: h.Home.ID, Name: "Helpers", Permissions: []model.Permission{model.UsersInvite}})
	})
	hal := h.Actor(h.AddUser("hal", in(h.Home.ID, role.ID)))
	must(t, func() (invitation.Sent, error) {
		return h.Invite(t.Context(), hal, invitation.NewInvitation{Org: h.Home.ID, Email: "ada@example.org", Role: role.ID})
	})
	if got := h.invitationStates(h.Home.ID); !slices.Equal(got, []model.InvitationState{model.InvitationExpired, model.InvitationOpen}) {
		t.Errorf("the states are %v", got)
	}
	must(t, func() (model.User, error) { return h.accept(h.EmailedToken("ada@example.org"), "ada") })
}

// An invited user whose address was changed stays invited when another user is invited at the
// former address.
func TestInvitedUserWithANewAddressKeepsTheInvitation(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	waits, _ := h.invite("aad@example.org", true, 0)
	h.Must(h.change(operator(), waits.User.ID, directory.UserChange{Email: ref("ada@example.org")}))
	h.invite("aad@example.org", false, 0)
	must(t, func() (invitation.Sent, error) {
		return h.ResendInvitation(t.Context(), operator(), h.Home.ID, waits.Invitation.ID)
	})
	u := must(t, func() (model.User, error) { return h.accept(h.EmailedToken("ada@example.org"), "ada") })
	if u.ID != waits.User.ID {
		t.Errorf("accepted as %+v", u)
	}
}

// An invitation that is sent again revokes later invitations of the same address.
func TestResentInvitationSupersedesOthersOfItsAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	other, _ := h.invite("ada@example.org", false, 0)
	waits, _ := h.invite("aad@example.org", true, 0)
	h.Must(h.change(operator(), waits.User.ID, directory.UserChange{Email: ref("ada@example.org")}))
	sent := must(t, func() (invitation.Sent, error) {
		return h.ResendInvitation(t.Context(), operator(), h.Home.ID, waits.Invitation.ID)
	})
	if sent.Invitation.Status != model.InvitationOpen {
		t.Errorf("sent again it is %s", sent.Invitation.Status)
	}
	if got := h.invitationStates(h.Home.ID); !slices.Equal(got, []model.InvitationState{model.InvitationRevoked, model.InvitationOpen}) {
		t.Errorf("invitation %d and the other one are %v", other.Invitation.ID, got)
	}
}

// The role of an invited user may be raised after the invitation was sent. Then the invitation alone
// does not decide: a weaker member could take over the user, or delete it.
func TestWeakerInviterCannotChangeAnInvitedUserWithAStrongerRole(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	role := must(t, func() (model.Role, error) {
		return h.CreateRole(t.Context(), operator(), role.NewRole{Org: h.Home.ID, Name: "Helpers", Permissions: []model.Permission{model.UsersInvite}})
	})
	hal := h.Actor(h.AddUser("hal", in(h.Home.ID, role.ID)))
	sent, token := h.invite("ada@example.org", true, role.ID)
	h.Must(none(h.SetMemberRoles(t.Context(), operator(), h.Home.ID, []model.UserID{sent.User.ID}, model.RoleAdmin)))
	for _, makeUser := range []bool{false, true} {
		again := invitation.NewInvitation{Org: h.Home.ID, Email: "ada@example.org", Role: role.ID, MakeUser: makeUser, GivenName: "Ada", FamilyName: "L"}
		if _, err := h.Invite(t.Context(), hal, again); err == nil {
			t.Errorf("the user was invited to a weaker role, made: %t", makeUser)
		}
	}
	wantKind(t, none(h.ResendInvitation(t.Context(), hal, h.Home.ID, sent.Invitation.ID)), fault.Forbidden)
	wantKind(t, h.RevokeInvitation(t.Context(), hal, h.Home.ID, sent.Invitation.ID), fault.Forbidden)
	h.Clock.Advance(8 * 24 * time.Hour) // the invitation expires
	wantKind(t, none(h.Invite(t.Context(), hal, invitation.NewInvitation{Org: h.Home.ID, Email: "ada@example.org", Role: role.ID})), fault.Forbidden)
	h.Clock.Advance(-8 * 24 * time.Hour)
	ada := must(t, func() (model.User, error) { return h.accept(token, "ada") })
	if ada.ID != sent.User.ID {
		t.Errorf("the invitation made user %d", ada.ID)
	}
}
