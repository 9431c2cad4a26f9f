package console

import (
	"fmt"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

func TestPageSaysWhatAMemberMayDoAndWhy(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org, other := b.AddOrganization("Web team"), b.AddOrganization("Other")
	helper := b.addRole(org, hostile, model.UsersRead, model.UsersInvite)
	ada, foreign := b.AddMemberTo(org.ID, helper.ID, "ada"), b.AddMemberTo(other.ID, 0, "veiled")
	blocked := b.AddMemberTo(org.ID, model.RoleAdmin, "blocked")
	_, err := b.Directory.BlockUser(t.Context(), model.Operator(), blocked.ID)
	b.Must(err)
	b.signInAs(b.AddMemberTo(org.ID, model.RoleAdmin, "chief"))
	why := func(o model.Organization, id model.UserID) string {
		return orgPath(o, fmt.Sprintf("/members/%d/why", id))
	}
	b.Want(b.Get(orgPath(org, "")), 200, why(org, ada.ID))
	a := b.Get(why(org, ada.ID))
	b.Want(a, 200, "What ada Example may do", "Roles that allow it: Admin.", "allows it.", "does not allow it.")
	b.Without(a, "<script>alert")
	b.Want(b.Get(why(org, blocked.ID)), 200, "This user is not active.", "Not allowed")
	for _, path := range []string{why(org, foreign.ID), why(org, 999), why(other, foreign.ID), orgPath(org, "/members/x/why")} {
		a := b.Get(path)
		b.Want(a, 404)
		b.Without(a, "veiled", "Other")
	}
	b.signInAs(ada)
	b.Want(b.Get(why(org, ada.ID)), 403, "This page needs the permission")
	root := b.AddAdmin("root")
	b.Must(b.Directory.AddMember(t.Context(), model.Operator(), org.ID, root.ID, model.RoleMember))
	b.signInAs(root)
	b.Want(b.Get(why(org, root.ID)), 200, "Administrators of the server may do everything.")
}
