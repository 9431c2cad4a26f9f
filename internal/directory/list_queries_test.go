package directory_test

import (
	"context"
	"fmt"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/role"
)

// rowCounter is a store that counts the reads of single records, of which a list needs the same
// number whatever its length is.
type rowCounter struct {
	model.Store
	reads map[string]int
}

func (s rowCounter) Read(ctx context.Context, fn func(model.Reader) error) error {
	return s.Store.Read(ctx, func(tx model.Reader) error { return fn(rowCountingReader{tx, s.reads}) })
}

func (s rowCounter) ReadCached(ctx context.Context, fn func(model.Reader) error) error {
	return s.Store.ReadCached(ctx, func(tx model.Reader) error { return fn(rowCountingReader{tx, s.reads}) })
}

type rowCountingReader struct {
	model.Reader
	reads map[string]int
}

func (r rowCountingReader) User(id model.UserID) (model.User, error) {
	r.reads["User"]++
	return r.Reader.User(id)
}

func (r rowCountingReader) Member(org model.OrgID, user model.UserID) (model.Member, error) {
	r.reads["Member"]++
	return r.Reader.Member(org, user)
}

func (r rowCountingReader) MembersIn(org model.OrgID, users []model.UserID) ([]model.Member, error) {
	r.reads["MembersIn"]++
	return r.Reader.MembersIn(org, users)
}

func (r rowCountingReader) Memberships(user model.UserID) ([]model.Membership, error) {
	r.reads["Memberships"]++
	return r.Reader.Memberships(user)
}

func (r rowCountingReader) Role(id model.RoleID) (model.Role, error) {
	r.reads["Role"]++
	return r.Reader.Role(id)
}

func (r rowCountingReader) Roles(org model.OrgID) ([]model.Role, error) {
	r.reads["Roles"]++
	return r.Reader.Roles(org)
}

func (r rowCountingReader) Organization(id model.OrgID) (model.Organization, error) {
	r.reads["Organization"]++
	return r.Reader.Organization(id)
}

func (r rowCountingReader) Project(id model.ProjectID) (model.Project, error) {
	r.reads["Project"]++
	return r.Reader.Project(id)
}

func (r rowCountingReader) Projects(org model.OrgID) ([]model.Project, error) {
	r.reads["Projects"]++
	return r.Reader.Projects(org)
}

func (r rowCountingReader) Assignments(org model.OrgID, users []model.UserID) (map[model.UserID][]model.Project, error) {
	r.reads["Assignments"]++
	return r.Reader.Assignments(org, users)
}

func (r rowCountingReader) InvitationProjects(id model.InvitationID) ([]model.ProjectID, error) {
	r.reads["InvitationProjects"]++
	return r.Reader.InvitationProjects(id)
}

func (r rowCountingReader) APIKeyOf(owner model.UserID) (model.APIKey, error) {
	r.reads["APIKeyOf"]++
	return r.Reader.APIKeyOf(owner)
}

func (r rowCountingReader) APIKeysOf(owners []model.UserID) ([]model.APIKey, error) {
	r.reads["APIKeysOf"]++
	return r.Reader.APIKeysOf(owners)
}

func (r rowCountingReader) Keys(owner model.UserID) ([]model.SSHKey, error) {
	r.reads["Keys"]++
	return r.Reader.Keys(owner)
}

func (r rowCountingReader) Invitation(id model.InvitationID) (model.Invitation, error) {
	r.reads["Invitation"]++
	return r.Reader.Invitation(id)
}

// readsOfLists returns the reads of each list of an organization with n users, projects and
// invitations.
func readsOfLists(t *testing.T, n int) map[string]string {
	t.Helper()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	role := must(t, func() (model.Role, error) {
		return h.CreateRole(t.Context(), operator(), role.NewRole{Org: acme.ID, Name: "Lead", Permissions: []model.Permission{model.UsersRead}})
	})
	plan := h.completeLists(acme.ID, n)
	users := must(t, func() (model.Page[model.User], error) {
		return h.Users(t.Context(), operator(), model.UserFilter{Org: acme.ID})
	}).Items
	ids := make([]model.UserID, 0, len(users))
	for i, u := range users {
		ids = append(ids, u.ID)
		if i%2 == 0 {
			h.Must(h.SetMemberRole(t.Context(), operator(), acme.ID, u.ID, role.ID))
		}
		if i < 5 {
			_, err := h.RotateAPIKeyOf(t.Context(), operator(), u.ID)
			h.Must(err)
		}
	}
	boss := h.Actor(h.AddUser("boss", admin, in(acme.ID, model.RoleAdmin)))
	counter := rowCounter{h.Store, map[string]int{}}
	d := directory.New(counter, h.Hasher, h.Keyring, nil, directorytest.WithDefaults(directory.Options{Now: h.Clock.Now, DiscloseAPIKeys: true}))
	ctx, filter := t.Context(), model.UserFilter{Org: acme.ID, Limit: 100}
	reads := map[string]string{}
	for name, list := range map[string]func() (int, error){
		"members page":   func() (int, error) { page, err := d.MembersPage(ctx, boss, filter); return len(page.Items), err },
		"members":        func() (int, error) { all, err := d.Members(ctx, boss, acme.ID); return len(all), err },
		"users":          func() (int, error) { page, err := d.Users(ctx, boss, filter); return len(page.Items), err },
		"users at Wekan": func() (int, error) { page, err := d.ManagedUsers(ctx, boss, filter); return len(page.Items), err },
		"API keys":       func() (int, error) { all, err := d.APIKeys(ctx, boss, ids); return len(all) - min(5, n) + n, err },
		"assignments":    func() (int, error) { all, err := d.Assignments(ctx, boss, acme.ID, ids); return len(all), err },
		"assignees":      func() (int, error) { all, err := d.Assigned(ctx, boss, acme.ID, plan.Permalink); return len(all), err },
		"invitations":    func() (int, error) { all, err := d.Invitations(ctx, boss, acme.ID); return len(all), err },
		"organizations":  func() (int, error) { all, err := d.Organizations(ctx, boss); return len(all), err },
		"export of users": func() (int, error) {
			rows := 0
			_, err := d.Export(ctx, operator(), importer.Export{}, func(importer.Entry) error { rows++; return nil })
			return rows, err
		},
	} {
		clear(counter.reads)
		found, err := list()
		if err != nil || found < n {
			t.Errorf("%s: %d rows, %v", name, found, err)
		}
		reads[name] = fmt.Sprint(counter.reads)
	}
	return reads
}

func TestListsHaveAConstantNumberOfReads(t *testing.T) {
	t.Parallel()
	few, many := readsOfLists(t, 6), readsOfLists(t, 60)
	for name, want := range few {
		if got := many[name]; got != want {
			t.Errorf("%s: 60 rows need %s, and 6 rows %s", name, got, want)
		}
	}
}
