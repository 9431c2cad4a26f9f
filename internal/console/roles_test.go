package console

import (
	"fmt"
	"net/url"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/role"
)

// addRole creates a role with these permissions.
func (b *fixture) addRole(org model.Organization, name string, permissions ...model.Permission) model.Role {
	b.T.Helper()
	made, err := b.Directory.CreateRole(b.T.Context(), model.Operator(), role.NewRole{Org: org.ID, Name: name, Permissions: permissions})
	b.Must(err)
	return made
}

// role reads a role again.
func (b *fixture) role(org model.Organization, id model.RoleID) model.Role {
	b.T.Helper()
	r, err := b.Directory.Role(b.T.Context(), model.Operator(), org.ID, id)
	b.Must(err)
	return r
}

func TestMatrixShowsWhatRolesMayDo(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org := b.AddOrganization("Web team")
	auditor := b.addRole(org, hostile, model.AuditRead)
	b.AddMemberTo(org.ID, auditor.ID, "ada")
	b.signInAs(b.AddMemberTo(org.ID, model.RoleAdmin, "chief"))
	a := b.Get(orgPath(org, "/roles"))
	b.Want(a, 200, "<h1>Roles of Web team</h1>", "Invite users", "1 member", fmt.Sprintf(`name="r%d[]" value="audit.read"`, auditor.ID), `aria-label="Admin: Invite users" checked disabled`, "0 members are pending.")
	b.Without(a, "<script>alert", ">Pending<")
	for _, rest := range []string{fmt.Sprintf("/roles/%d", auditor.ID), fmt.Sprintf("/roles/%d/delete", auditor.ID), "/roles/new", "/roles/1"} {
		a := b.Get(orgPath(org, rest))
		b.Want(a, 200)
		b.Without(a, "<script>alert")
	}
	b.Want(b.Get(orgPath(org, "/roles/1/delete")), 404)
	b.Want(b.Get(orgPath(org, "/roles/99")), 404)
}

func TestReaderOfRolesChangesNone(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org := b.AddOrganization("Web team")
	auditor := b.addRole(org, "Auditor", model.RolesRead, model.AuditRead)
	b.signInAs(b.AddMemberTo(org.ID, auditor.ID, "ada"))
	a := b.Get(orgPath(org, "/roles"))
	b.Want(a, 200, `aria-label="Auditor: Read events" checked disabled`)
	b.Without(a, "Create role", "Review and save")
	for _, rest := range []string{"/roles", "/roles/new", fmt.Sprintf("/roles/%d", auditor.ID), fmt.Sprintf("/roles/%d/delete", auditor.ID)} {
		b.Want(b.Send(orgPath(org, rest), "name", "x"), 403)
	}
}

func TestChangeOfRolesIsShownBeforeItIsSaved(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org := b.AddOrganization("Web team")
	r := b.addRole(org, "Helper", model.UsersRead, model.AuditRead)
	b.AddMemberTo(org.ID, r.ID, "ada")
	b.AddMemberTo(org.ID, r.ID, "bea")
	b.signInAs(b.AddMemberTo(org.ID, model.RoleAdmin, "chief"))
	path := orgPath(org, "/roles")
	form := url.Values{versionField(r): {r.Version()}, roleField(r) + "[]": {"users.read", "audit.read"}}
	b.LeadsTo(b.sendList(path, form), path+"?done=roles-same")
	form[roleField(r)+"[]"] = []string{"users.read", "users.invite"}
	b.Want(b.sendList(path, form), 200, "Helper loses “Read events”", "Helper gains “Invite users”", "2 members have this role.", `name="sure" value="yes"`, `value="users.invite"`)
	if got := b.role(org, r.ID); len(got.Permissions) != 2 || got.Version() != r.Version() {
		t.Errorf("the role changed before it was confirmed: %v", got)
	}
	form.Set("sure", "yes")
	b.LeadsTo(b.sendList(path, form), path+"?done=roles")
	if got := b.role(org, r.ID); fmt.Sprint(got.Permissions) != "[users.read users.invite]" {
		t.Errorf("permissions %v", got.Permissions)
	}
	form[roleField(r)+"[]"] = []string{"users.read"}
	a := b.sendList(path, form) // with the version from before
	b.Want(a, 409, "The role Helper was changed since you opened the page.", "Helper loses “Invite users”")
	form[roleField(r)+"[]"] = []string{"users.read", "server.manage"} // no permission of roles
	form.Set(versionField(r), b.role(org, r.ID).Version())
	b.LeadsTo(b.sendList(path, form), path+"?done=roles")
	if got := b.role(org, r.ID); fmt.Sprint(got.Permissions) != "[users.read]" {
		t.Errorf("permissions %v", got.Permissions)
	}
}

func TestRoleManagerGrantsNoMoreThanTheyHave(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org := b.AddOrganization("Web team")
	small := b.addRole(org, "Small", model.UsersRead)
	manager := b.addRole(org, "Manager", model.UsersRead, model.RolesRead, model.RolesManage)
	b.signInAs(b.AddMemberTo(org.ID, manager.ID, "ada"))
	form := url.Values{versionField(small): {small.Version()}, roleField(small) + "[]": {"users.read", "users.invite"}, "sure": {"yes"}}
	b.Want(b.sendList(orgPath(org, "/roles"), form), 403, "You cannot grant a permission that you do not have")
	b.Want(b.sendList(orgPath(org, "/roles/new"), url.Values{"name": {"Big"}, "permissions[]": {"audit.read"}}), 403, "You cannot grant", `value="Big"`, `value="audit.read" checked`)
	if got := b.role(org, small.ID); len(got.Permissions) != 1 {
		t.Errorf("permissions %v", got.Permissions)
	}
}

func TestRoleIsCreatedRenamedAndMadeTheDefault(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org := b.AddOrganization("Web team")
	b.signInAs(b.AddMemberTo(org.ID, model.RoleAdmin, "chief"))
	b.Want(b.sendList(orgPath(org, "/roles/new"), url.Values{"name": {"admin"}}), 409, "Check the form")
	b.LeadsTo(b.sendList(orgPath(org, "/roles/new"), url.Values{"name": {"Helper"}, "permissions[]": {"users.read"}}), orgPath(org, "/roles?done=role"))
	made, err := b.Directory.RoleNamed(t.Context(), model.Operator(), org.ID, "Helper")
	b.Must(err)
	path := orgPath(org, fmt.Sprintf("/roles/%d", made.ID))
	b.Want(b.Get(path), 200, `value="Helper"`, "Role of new members")
	b.LeadsTo(b.Send(path, "name", "Assistant", "default", "yes", "version", made.Version()), path+"?done=role-changed")
	if got := b.role(org, made.ID); got.Name != "Assistant" || !got.Default {
		t.Errorf("role %+v", got)
	}
	b.Want(b.Send(path, "name", "Late", "version", made.Version()), 409, "This was changed since it was read", `value="Late"`)
}

func TestDeletedRoleIsReplaced(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org := b.AddOrganization("Web team")
	gone, next := b.addRole(org, "Gone", model.UsersRead), b.addRole(org, "Next", model.UsersRead)
	ada, bea := b.AddMemberTo(org.ID, gone.ID, "ada"), b.AddMemberTo(org.ID, 0, "bea")
	sent := b.invite(invitation.NewInvitation{Org: org.ID, Email: "cid@example.org", Role: gone.ID})
	b.signInAs(b.AddMemberTo(org.ID, model.RoleAdmin, "chief"))
	path := orgPath(org, fmt.Sprintf("/roles/%d/delete", gone.ID))
	b.Want(b.Get(path), 200, "1 member has the role Gone", `data-confirm="Gone"`)
	b.Want(b.Send(path, "confirm", "gone", "role", fmt.Sprint(next.ID)), 422, "This is not the name of the role.")
	b.Want(b.Send(path, "confirm", "Gone", "role", "x"), 422)
	b.Want(b.Send(path, "confirm", "Gone", "role", fmt.Sprint(gone.ID)), 422)
	b.LeadsTo(b.Send(path, "confirm", "Gone", "role", fmt.Sprint(next.ID)), orgPath(org, "/roles?done=role-deleted"))
	b.Want(b.Get(path), 404)
	members, err := b.Directory.Members(t.Context(), model.Operator(), org.ID)
	b.Must(err)
	roles := map[model.UserID]model.RoleID{}
	for _, m := range members {
		roles[m.User.ID] = m.Role.ID
	}
	if roles[ada.ID] != next.ID || roles[bea.ID] != model.RoleMember {
		t.Errorf("roles %v", roles)
	}
	invitations, err := b.Directory.Invitations(t.Context(), model.Operator(), org.ID)
	b.Must(err)
	if len(invitations) != 1 || invitations[0].ID != sent.Invitation.ID || invitations[0].Role != next.ID {
		t.Errorf("invitations %+v", invitations)
	}
}

func TestRoleIsNotReplacedByOneThatTheActorCannotGrant(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org := b.AddOrganization("Web team")
	gone, manager := b.addRole(org, "Gone", model.UsersRead), b.addRole(org, "Manager", model.UsersRead, model.RolesRead, model.RolesManage)
	b.AddMemberTo(org.ID, gone.ID, "ada")
	b.signInAs(b.AddMemberTo(org.ID, manager.ID, "bea"))
	path := orgPath(org, fmt.Sprintf("/roles/%d/delete", gone.ID))
	b.Want(b.Send(path, "confirm", "Gone", "role", "1"), 403)
	b.Want(b.Send(path, "confirm", "Gone", "role", fmt.Sprint(manager.ID)), 403) // without members.manage
	b.role(org, gone.ID)
}
