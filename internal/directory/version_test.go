package directory_test

import (
	"reflect"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/role"
)

func TestUserVersionDependsOnEveryField(t *testing.T) {
	t.Parallel()
	var u model.User
	plain, fields := u.Version(), reflect.TypeFor[model.User]()
	for i := range fields.NumField() {
		changed := model.User{}
		fill(reflect.ValueOf(&changed).Elem().Field(i))
		if name := fields.Field(i).Name; (changed.Version() == plain) != (name == "LastActivity") {
			t.Errorf("%s makes the version %s of %s", name, changed.Version(), plain)
		}
	}
}

// fill sets v to a value other than zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1, 0).UTC()))
			return
		}
		fill(v.Field(0))
	}
}

func TestChangeOfAnOldVersionIsRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, eve := h.Actor(h.AddUser("root", admin)), h.AddUser("eve")
	read := must(t, func() (model.User, error) { return h.User(t.Context(), root, eve.ID) })
	change := func(version, bio string) error {
		return none(h.ChangeUser(t.Context(), root, eve.ID, directory.UserChange{Bio: ref(bio), IfVersion: version}))
	}
	h.Must(change(read.Version(), "first"))
	err := change(read.Version(), "lost")
	wantKind(t, err, fault.Conflict)
	wantFault(t, err, "version", fault.Changed)
	now := must(t, func() (model.User, error) { return h.User(t.Context(), root, eve.ID) })
	if now.Bio != "first" || now.Version() == read.Version() {
		t.Errorf("bio %q, version %s", now.Bio, now.Version())
	}
	_, err = h.ChangeMe(t.Context(), h.Actor(eve), directory.SelfChange{FamilyName: ref("New"), IfVersion: read.Version()})
	wantFault(t, err, "version", fault.Changed)
	h.Must(none(h.ChangeMe(t.Context(), h.Actor(eve), directory.SelfChange{FamilyName: ref("New"), IfVersion: now.Version()})))
}

func TestOldVersionsOfOrganizationsRolesAndProjectsAreRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ctx, acme := t.Context(), h.AddOrganization("Acme")
	stale := acme.Version()
	must(t, func() (model.Organization, error) {
		return h.RenameOrganizationOf(ctx, operator(), acme.ID, "Acme & Sons", stale)
	})
	_, err := h.RenameOrganizationOf(ctx, operator(), acme.ID, "Acme again", stale)
	wantFault(t, err, "version", fault.Changed)

	made := must(t, func() (model.Role, error) {
		return h.CreateRole(ctx, operator(), role.NewRole{Org: acme.ID, Name: "Scribe"})
	})
	scribe := must(t, func() (model.Role, error) { return h.Role(ctx, operator(), acme.ID, made.ID) })
	must(t, func() (model.Role, error) {
		return h.ChangeRole(ctx, operator(), acme.ID, scribe.ID, role.Change{Name: ref("Clerk"), IfVersion: scribe.Version()})
	})
	_, err = h.ChangeRole(ctx, operator(), acme.ID, scribe.ID, role.Change{Name: ref("Scribe"), IfVersion: scribe.Version()})
	wantFault(t, err, "version", fault.Changed)
	_, err = h.Role(ctx, operator(), h.Home.ID, scribe.ID)
	wantKind(t, err, fault.NotFound)

	p := must(t, func() (model.Project, error) {
		return h.CreateProject(ctx, operator(), project.NewProject{Org: acme.ID, Name: "Plan"})
	})
	read := must(t, func() (model.Project, error) { return h.Project(ctx, operator(), acme.ID, p.Permalink) })
	must(t, func() (model.Project, error) {
		return h.ChangeProject(ctx, operator(), acme.ID, p.Permalink, project.Change{Overview: ref("x"), IfVersion: read.Version()})
	})
	_, err = h.ChangeProject(ctx, operator(), acme.ID, p.Permalink, project.Change{Overview: ref("y"), IfVersion: read.Version()})
	wantFault(t, err, "version", fault.Changed)
}

func TestMembersAreListedInPagesWithTheirRoles(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ctx, acme := t.Context(), h.AddOrganization("Acme")
	for i, name := range []string{"ada", "bob", "cid"} {
		h.AddUser(name, in(acme.ID, []model.RoleID{model.RoleAdmin, model.RoleMember, model.RolePending}[i]))
	}
	filter := model.UserFilter{Org: acme.ID, Order: model.ByUsername, Descending: true, Limit: 2}
	page := must(t, func() (model.Page[directory.MemberUser], error) { return h.MembersPage(ctx, operator(), filter) })
	if page.Total != 3 || len(page.Items) != 2 || page.Items[0].User.Username != "cid" || page.Items[0].Role.ID != model.RolePending {
		t.Fatalf("got %+v", page)
	}
	after := filter.Order.At(page.Items[1].User)
	filter.After = &after
	page = must(t, func() (model.Page[directory.MemberUser], error) { return h.MembersPage(ctx, operator(), filter) })
	if len(page.Items) != 1 || page.Items[0].Role.ID != model.RoleAdmin {
		t.Errorf("got %+v", page)
	}
	_, err := h.MembersPage(ctx, h.Actor(h.AddUser("eve")), filter)
	wantKind(t, err, fault.NotFound)
}
