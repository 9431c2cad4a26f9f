package invitation_test

import (
	"testing"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// An Admin invites an address of their own, is removed from the organization, and is then deleted. The
// deletion must not make the invitation one of the operator.
func TestInvitationOfAFormerAdminStaysInvalid(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(h *fixture, eve model.User) error{
		"deleted": func(h *fixture, eve model.User) error { return none(h.DeleteUser(t.Context(), operator(), eve.ID)) },
		"erased":  func(h *fixture, eve model.User) error { return h.EraseUser(t.Context(), operator(), eve.ID) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t)
			acme := h.AddOrganization("Acme")
			h.AddUser("ada", in(acme.ID, model.RoleAdmin))
			eve := h.AddUser("eve", in(acme.ID, model.RoleAdmin))
			h.Must(none(h.Invite(t.Context(), h.Actor(eve), invitation.NewInvitation{Org: acme.ID, Email: "eve2@example.org", Role: model.RoleAdmin})))
			token := h.EmailedToken("eve2@example.org")
			h.Must(h.RemoveMembers(t.Context(), operator(), acme.ID, []model.UserID{eve.ID}))
			accept := func(token secret.Text) error {
				return none2(h.AcceptInvitation(t.Context(), caller(model.Native), token, invitation.Acceptance{Username: "eve2", Password: password("eve2")}))
			}
			h.Must(end(h, eve))
			if err := accept(token); fault.KindOf(err) != fault.Expired {
				t.Errorf("got %v, want the invitation to be dead", err)
			}
		})
	}
}
