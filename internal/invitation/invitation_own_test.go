package invitation_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
)

func TestMyInvitationsAreThoseToVerifiedAddresses(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	actor := h.Actor(ada)
	h.Must(none(h.SendVerification(t.Context(), operator(), ada.ID, ada.Primary().ID)))
	h.Must(none(h.VerifyEmail(t.Context(), caller(model.Console), h.EmailedToken(address("ada")))))
	h.Must(none(h.AddEmail(t.Context(), actor, ada.ID, "boss@lab.example")))
	verified, claimed := address("ada"), "boss@lab.example"
	lab, shop, club := h.AddOrganization("Lab"), h.AddOrganization("Shop"), h.AddOrganization("Club")
	invite := func(org model.Organization, to string) model.InvitationID {
		t.Helper()
		sent := must(t, func() (invitation.Sent, error) {
			return h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: org.ID, Email: to})
		})
		return sent.Invitation.ID
	}
	toLab, toShop, toClub := invite(lab, verified), invite(shop, verified), invite(club, claimed)
	mine := must(t, func() ([]invitation.Mine, error) { return h.MyInvitations(t.Context(), actor) })
	if len(mine) != 2 || mine[0].Organization.ID == club.ID || mine[1].Organization.ID == club.ID || mine[0].Role.Name == "" {
		t.Errorf("invitations %+v", mine)
	}
	wantKind(t, h.AcceptMyInvitation(t.Context(), actor, toClub), fault.NotFound)
	wantKind(t, h.DeclineMyInvitation(t.Context(), actor, toClub), fault.NotFound)
	wantKind(t, h.AcceptMyInvitation(t.Context(), h.Actor(h.AddUser("eve")), toLab), fault.NotFound)
	wantKind(t, h.AcceptMyInvitation(t.Context(), h.Actor(ada, model.ScopeReadAPI), toLab), fault.Forbidden)
	h.Must(h.AcceptMyInvitation(t.Context(), actor, toLab))
	h.Must(h.DeclineMyInvitation(t.Context(), actor, toShop))
	wantKind(t, h.AcceptMyInvitation(t.Context(), actor, toLab), fault.Expired)
	wantKind(t, h.AcceptMyInvitation(t.Context(), actor, toShop), fault.Expired)
	memberships := must(t, func() ([]model.Membership, error) { return h.MyOrganizations(t.Context(), actor) })
	if len(memberships) != 2 || memberships[1].Organization.ID != lab.ID {
		t.Errorf("memberships %+v", memberships)
	}
	again := invite(shop, verified)
	h.Clock.Advance(8 * 24 * time.Hour)
	wantKind(t, h.AcceptMyInvitation(t.Context(), actor, again), fault.Expired)
	if mine := must(t, func() ([]invitation.Mine, error) { return h.MyInvitations(t.Context(), actor) }); len(mine) != 0 {
		t.Errorf("invitations %+v", mine)
	}
}

func TestMyEventsLeaveOutTheAddressesOfOthers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	root := h.AddUser("root", admin)
	h.Must(none(h.ChangeUser(t.Context(), h.Actor(root), ada.ID, directory.UserChange{Bio: ref("changed")})))
	h.Must(none(h.ChangeMe(t.Context(), h.Actor(ada), directory.SelfChange{GivenName: ref("Ada")})))
	events := must(t, func() ([]model.Event, error) { return h.MyEvents(t.Context(), h.Actor(ada), 0, 100) })
	others := 0
	for i, e := range events {
		if i > 0 && events[i-1].ID <= e.ID {
			t.Errorf("event %d is before %d", events[i-1].ID, e.ID)
		}
		if e.User != ada.ID && e.Actor != ada.ID {
			t.Errorf("event of another user: %+v", e)
		}
		if e.Actor == root.ID {
			if others++; e.Address != "" {
				t.Errorf("the address of another actor: %+v", e)
			}
		}
	}
	if others == 0 {
		t.Errorf("no event of the administrator: %+v", events)
	}
	page := must(t, func() ([]model.Event, error) { return h.MyEvents(t.Context(), h.Actor(ada), events[0].ID, 1) })
	if len(page) != 1 || page[0].ID != events[1].ID {
		t.Errorf("the next page is %+v", page)
	}
	_, err := h.MyEvents(t.Context(), h.Actor(ada, model.ScopeReadAPI), 0, 1)
	wantKind(t, err, fault.Forbidden)
}
