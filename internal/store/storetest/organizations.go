package storetest

import (
	"strings"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

func organizationTests() []contractTest {
	return []contractTest{
		{"an organization is read as written and as changed", organizationRoundTrip},
		{"an organization's name and slug are unique, and there is one home organization", organizationConflicts},
		{"a new store has the built-in roles and no organization", builtinRoles},
		{"a role is read as written and as changed", roleRoundTrip},
		{"ids of custom roles begin after those of built-in roles", roleIDs},
		{"a role's name is unique in its organization", roleConflicts},
		{"built-in roles cannot be changed or deleted", builtinRolesStay},
		{"a role in use cannot be deleted", roleInUse},
		{"a member is read as written and keeps the time of joining", memberRoundTrip},
		{"members are counted, and Admins among them with a usable credential found", orgAdmins},
		{"a role is in use while a member of its organization has it", roleHeld},
		{"members are counted by role", roleCounts},
		{"organizations are listed and found by name", organizationsByName},
		{"memberships have the role with its permissions", memberships},
		{"a member needs a user, an organization and a role", strayMember},
	}
}

func organizationRoundTrip(f fixture) {
	o := model.Organization{
		Name: "Größe & Söhne", Slug: "grosse-sohne", Home: true, Default: model.RolePending,
		CreatedAt: sampleTime(), UpdatedAt: sampleTime().Add(time.Second),
	}
	f.update(func(tx model.Writer) error { return tx.AddOrganization(&o) })
	other := f.organization("Other")
	f.wantOrganization(o)
	f.wantEqual("home", readValue(f, model.Reader.HomeOrganization), o)
	f.wantEqual("all", f.organizations(0, 0), []model.Organization{o, other})
	f.wantEqual("the first", f.organizations(0, 1), []model.Organization{o})
	f.wantEqual("after it", f.organizations(o.ID, 9), []model.Organization{other})
	f.wantEqual("after the last", f.organizations(other.ID, 9), []model.Organization{})
	f.wantEqual("count", readValue(f, model.Reader.OrganizationCount), 2)
	o.Name, o.Slug, o.Home, o.Default, o.UpdatedAt = "New", "new", false, 0, sampleTime().Add(time.Hour)
	f.update(func(tx model.Writer) error { return tx.ChangeOrganization(o) })
	f.wantOrganization(o)
	wantNotFound(f, "home", model.Reader.HomeOrganization)
	f.wantKind(f.failedUpdate(func(tx model.Writer) error {
		return tx.ChangeOrganization(model.Organization{ID: 99, Name: "x", Slug: "x"})
	}), fault.NotFound)
}

func (f fixture) wantOrganization(want model.Organization) {
	f.Helper()
	folded := unitext.Fold(want.Name)
	for how, find := range map[string]func(model.Reader) (model.Organization, error){
		"id":   func(tx model.Reader) (model.Organization, error) { return tx.Organization(want.ID) },
		"slug": func(tx model.Reader) (model.Organization, error) { return tx.OrganizationBySlug(want.Slug) },
		"slug in upper case": func(tx model.Reader) (model.Organization, error) {
			return tx.OrganizationBySlug(strings.ToUpper(want.Slug))
		},
		"name": func(tx model.Reader) (model.Organization, error) { return tx.OrganizationByName(folded) },
	} {
		f.wantEqual("by "+how, readValue(f, find), want)
	}
}

func organizationConflicts(f fixture) {
	home := model.Organization{Name: "Home", Slug: "home", Home: true}
	f.update(func(tx model.Writer) error { return tx.AddOrganization(&home) })
	for field, o := range map[string]model.Organization{
		"name": {Name: "HOME", Slug: "other"},
		"slug": {Name: "Other", Slug: "home"},
		"home": {Name: "Other", Slug: "other", Home: true},
	} {
		f.wantConflict(f.failedUpdate(func(tx model.Writer) error { return tx.AddOrganization(&o) }), field)
	}
	other := f.organization("Other")
	other.Slug = "home"
	f.wantConflict(f.failedUpdate(func(tx model.Writer) error { return tx.ChangeOrganization(other) }), "slug")
}

func (f fixture) organizations(after model.OrgID, limit int) []model.Organization {
	f.Helper()
	return readValue(f, func(tx model.Reader) ([]model.Organization, error) { return tx.Organizations(after, limit) })
}

func builtinRoles(f fixture) {
	f.wantEqual("organizations", f.organizations(0, 0), []model.Organization{})
	org := f.organization("One")
	got := readValue(f, func(tx model.Reader) ([]model.Role, error) { return tx.Roles(org.ID) })
	f.wantEqual("roles", got, []model.Role{
		{ID: model.RoleAdmin, Name: "Admin", Permissions: model.BuiltinPermissions(model.RoleAdmin)},
		{ID: model.RoleMember, Name: "Member", Permissions: model.BuiltinPermissions(model.RoleMember), Default: true},
		{ID: model.RolePending, Name: "Pending", Permissions: model.BuiltinPermissions(model.RolePending)},
	})
}

// role adds a role of an organization.
func (f fixture) role(o model.Organization, name string, permissions ...model.Permission) model.Role {
	f.Helper()
	r := model.Role{Org: o.ID, Name: name, Permissions: permissions, CreatedAt: sampleTime()}
	f.update(func(tx model.Writer) error { return tx.AddRole(&r) })
	return r
}

func roleRoundTrip(f fixture) {
	org, other := f.organization("One"), f.organization("Two")
	r := f.role(org, "Auditor", model.UsersRead, model.AuditRead)
	f.role(other, "Elsewhere")
	byID := func(tx model.Reader) (model.Role, error) { return tx.Role(r.ID) }
	f.wantEqual("role", readValue(f, byID), r)
	r.Name, r.Permissions = "Reader", []model.Permission{model.RolesRead}
	f.update(func(tx model.Writer) error { return tx.ChangeRole(r) })
	f.wantEqual("changed role", readValue(f, byID), r)
	org.Default = r.ID
	f.update(func(tx model.Writer) error { return tx.ChangeOrganization(org) })
	roles := readValue(f, func(tx model.Reader) ([]model.Role, error) { return tx.Roles(org.ID) })
	r.Default = true
	f.wantEqual("own role in the list", roles[3:], []model.Role{r})
	f.wantEqual("former default", roles[1].Default, false)
}

func roleIDs(f fixture) {
	org := f.organization("One")
	r := f.role(org, "First")
	f.wantEqual("first role of one's own", r.ID, model.RoleID(4))
	f.update(func(tx model.Writer) error { return tx.DropRole(r.ID) })
	wantNotFound(f, "role", func(tx model.Reader) (model.Role, error) { return tx.Role(r.ID) })
	f.wantEqual("next role", f.role(org, "First").ID, model.RoleID(5))
}

func roleConflicts(f fixture) {
	org, other := f.organization("One"), f.organization("Two")
	f.role(org, "Auditor")
	f.role(other, "Auditor")
	f.wantConflict(f.failedUpdate(func(tx model.Writer) error {
		return tx.AddRole(&model.Role{Org: org.ID, Name: "AUDITOR"})
	}), "name")
	f.wantKind(f.failedUpdate(func(tx model.Writer) error {
		return tx.AddRole(&model.Role{Org: 99, Name: "Auditor"})
	}), fault.NotFound)
}

func builtinRolesStay(f fixture) {
	f.update(func(tx model.Writer) error { return tx.DropRole(model.RolePending) })
	role := readValue(f, func(tx model.Reader) (model.Role, error) { return tx.Role(model.RolePending) })
	f.wantEqual("name", role.Name, "Pending")
	f.wantKind(f.failedUpdate(func(tx model.Writer) error {
		return tx.ChangeRole(model.Role{ID: model.RoleAdmin, Name: "Owner"})
	}), fault.NotFound)
}

func roleInUse(f fixture) {
	org, u := f.organization("One"), f.user("ada")
	held, byDefault, invited := f.role(org, "Held"), f.role(org, "Default"), f.role(org, "Invited")
	f.join(org, u, held.ID)
	org.Default = byDefault.ID
	i := model.Invitation{Org: org.ID, Role: invited.ID, Email: "bea@example.org", CreatedAt: sampleTime()}
	f.update(func(tx model.Writer) error {
		if err := tx.ChangeOrganization(org); err != nil {
			return err
		}
		return tx.AddInvitation(&i, []byte("hash"))
	})
	for _, r := range []model.Role{held, byDefault, invited} {
		f.wantConflict(f.failedUpdate(func(tx model.Writer) error { return tx.DropRole(r.ID) }), "role")
	}
	i.RevokedAt = sampleTime()
	f.update(func(tx model.Writer) error {
		if err := tx.ChangeInvitation(i); err != nil {
			return err
		}
		return tx.DropRole(invited.ID)
	})
	i.Role = 0
	f.wantEqual("revoked invitation", readValue(f, func(tx model.Reader) (model.Invitation, error) { return tx.Invitation(i.ID) }), i)
}

func memberRoundTrip(f fixture) {
	org, ada, bea := f.organization("One"), f.user("ada"), f.user("bea")
	f.join(org, bea, model.RoleMember)
	f.join(org, ada, model.RolePending)
	want := model.Member{Org: org.ID, User: ada.ID, Role: model.RoleAdmin, Since: sampleTime()}
	f.update(func(tx model.Writer) error {
		later := want
		later.Since = sampleTime().Add(time.Hour)
		return tx.PutMember(later)
	})
	f.wantEqual("member", readValue(f, func(tx model.Reader) (model.Member, error) { return tx.Member(org.ID, ada.ID) }), want)
	members := func(tx model.Reader) ([]model.Member, error) { return tx.Members(org.ID) }
	other := model.Member{Org: org.ID, User: bea.ID, Role: model.RoleMember, Since: sampleTime()}
	f.wantEqual("members", readValue(f, members), []model.Member{want, other})
	cid := f.user("cid")
	some := func(ids ...model.UserID) []model.Member {
		return readValue(f, func(tx model.Reader) ([]model.Member, error) { return tx.MembersIn(org.ID, ids) })
	}
	for range 2 { // the second time from a cache, if there is one
		f.wantEqual("members of a list", some(ada.ID, cid.ID, 99), []model.Member{want})
		f.wantEqual("all members of a list", some(ada.ID, bea.ID, cid.ID), []model.Member{want, other})
		f.wantEqual("of no list", len(some()), 0)
	}
	f.join(org, cid, model.RoleMember)
	f.wantEqual("members after another has joined", len(some(ada.ID, bea.ID, cid.ID)), 3)
	f.update(func(tx model.Writer) error { return tx.DropMember(org.ID, cid.ID) })
	f.update(func(tx model.Writer) error { return tx.DropMember(org.ID, ada.ID) })
	f.wantEqual("members left", readValue(f, members), []model.Member{other})
	wantNotFound(f, "member", func(tx model.Reader) (model.Member, error) { return tx.Member(org.ID, ada.ID) })
}

func orgAdmins(f fixture) {
	org, other := f.organization("One"), f.organization("Two")
	var want, others []model.OrgAdmin
	for _, name := range []string{"ada", "blocked", "cia", "service", "passwordless", "dea"} {
		u := f.user(name)
		f.join(org, u, model.RoleAdmin)
		if name != "passwordless" {
			f.update(func(tx model.Writer) error { return tx.PutPassword(u.ID, "hash") })
		}
		switch name {
		case "blocked":
			u.State = model.Blocked
		case "service":
			u.Service = true
			others = append(others, model.OrgAdmin{ID: u.ID})
		case "passwordless":
			others = append(others, model.OrgAdmin{ID: u.ID})
		default:
			want = append(want, model.OrgAdmin{ID: u.ID, CanLogIn: true})
			continue
		}
		f.update(func(tx model.Writer) error { return tx.ChangeUser(u) })
	}
	want = append(want, others...)
	f.join(org, f.user("eve"), model.RoleMember)
	f.join(other, f.user("fay"), model.RoleAdmin)
	admins := func(limit int) []model.OrgAdmin {
		return readValue(f, func(tx model.Reader) ([]model.OrgAdmin, error) { return tx.OrgAdmins(org.ID, limit) })
	}
	f.wantEqual("all", admins(10), want)
	f.wantEqual("the first two", admins(2), want[:2])
	f.wantEqual("count", readValue(f, func(tx model.Reader) (int, error) { return tx.MemberCount(org.ID) }), 7)
	f.wantEqual("count of nothing", readValue(f, func(tx model.Reader) (int, error) { return tx.MemberCount(99) }), 0)
}

func roleCounts(f fixture) {
	org, other := f.organization("One"), f.organization("Two")
	role := f.role(org, "Auditor")
	f.join(org, f.user("ada"), role.ID)
	f.join(org, f.user("bea"), role.ID)
	f.join(org, f.user("cid"), model.RoleAdmin)
	f.join(other, f.user("dan"), model.RoleAdmin)
	counts := func(id model.OrgID) map[model.RoleID]int {
		return readValue(f, func(tx model.Reader) (map[model.RoleID]int, error) { return tx.RoleCounts(id) })
	}
	f.wantEqual("one", counts(org.ID), map[model.RoleID]int{role.ID: 2, model.RoleAdmin: 1})
	f.wantEqual("another", counts(other.ID), map[model.RoleID]int{model.RoleAdmin: 1})
	f.wantEqual("none", counts(99), map[model.RoleID]int{})
}

func organizationsByName(f fixture) {
	for _, name := range []string{"zebra 100%", "Ábaco", "abacus", "Under_score", "UnderXscore"} {
		f.organization(name)
	}
	names := func(filter model.OrganizationFilter) (all []string) {
		for _, o := range readValue(f, func(tx model.Reader) ([]model.Organization, error) { return tx.OrganizationsByName(filter) }) {
			all = append(all, o.Name)
		}
		return all
	}
	all := names(model.OrganizationFilter{})
	f.wantEqual("number", len(all), 5)
	f.wantEqual("first page", names(model.OrganizationFilter{Limit: 2}), all[:2])
	f.wantEqual("second page", names(model.OrganizationFilter{Limit: 2, After: unitext.Fold(all[1])}), all[2:4])
	f.wantEqual("back", names(model.OrganizationFilter{Limit: 2, After: unitext.Fold(all[2]), Descending: true}), []string{all[1], all[0]})
	f.wantEqual("a wildcard is text", names(model.OrganizationFilter{Search: "R_S"}), []string{"Under_score"})
	f.wantEqual("a percent sign is text", names(model.OrganizationFilter{Search: "0%"}), []string{"zebra 100%"})
	f.wantEqual("a part of the name", names(model.OrganizationFilter{Search: "ABACUS"}), []string{"abacus"})
	f.wantEqual("a slug", names(model.OrganizationFilter{Search: "zebra-100"}), []string{"zebra 100%"})
	f.wantEqual("nothing", len(names(model.OrganizationFilter{Search: "nowhere"})), 0)
}

func roleHeld(f fixture) {
	org, other, u := f.organization("One"), f.organization("Two"), f.user("ada")
	role := f.role(org, "Auditor")
	held := func(o model.Organization, id model.RoleID) bool {
		return readValue(f, func(tx model.Reader) (bool, error) { return tx.RoleHeld(o.ID, id) })
	}
	f.wantEqual("before", held(org, role.ID), false)
	f.join(org, u, role.ID)
	f.join(other, u, model.RoleAdmin)
	f.wantEqual("by a member", held(org, role.ID), true)
	f.wantEqual("elsewhere alone", held(org, model.RoleAdmin), false)
	f.join(org, u, model.RoleMember)
	f.wantEqual("no more", held(org, role.ID), false)
}

func memberships(f fixture) {
	one, two, u := f.organization("One"), f.organization("Two"), f.user("ada")
	role := f.role(two, "Auditor", model.AuditRead)
	f.join(two, u, role.ID)
	f.join(one, u, model.RoleMember)
	builtin := readValue(f, func(tx model.Reader) (model.Role, error) { return tx.Role(model.RoleMember) })
	builtin.Default = true
	got := readValue(f, func(tx model.Reader) ([]model.Membership, error) { return tx.Memberships(u.ID) })
	f.wantEqual("memberships", got, []model.Membership{{Organization: one, Role: builtin}, {Organization: two, Role: role}})
}

func strayMember(f fixture) {
	org, u := f.organization("One"), f.user("ada")
	for what, m := range map[string]model.Member{
		"organization": {Org: 99, User: u.ID, Role: model.RoleMember},
		"user":         {Org: org.ID, User: 99, Role: model.RoleMember},
		"role":         {Org: org.ID, User: u.ID, Role: 99},
	} {
		err := f.failedUpdate(func(tx model.Writer) error { return tx.PutMember(m) })
		if fault.KindOf(err) != fault.NotFound {
			f.Errorf("without %s: got %v, want not found", what, err)
		}
	}
}
