package directory_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
)

// Rows that were deleted between two reads are omitted from their page. They do not end the list.
func TestBatchesContinueAfterPagesOfDeletedRows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		pages [][]model.UserID // of rows, by id
		gone  []model.UserID
		want  []model.UserID
	}{
		{"none are gone", [][]model.UserID{{1, 2}, {3}}, nil, []model.UserID{1, 2, 3}},
		{"the last of a page", [][]model.UserID{{1, 2}, {3, 4}}, []model.UserID{2}, []model.UserID{1, 3, 4}},
		{"a page in the middle", [][]model.UserID{{1, 2}, {3, 4}, {5}}, []model.UserID{3, 4}, []model.UserID{1, 2, 5}},
		{"the first page", [][]model.UserID{{1, 2}, {3}}, []model.UserID{1, 2}, []model.UserID{3}},
		{"several pages", [][]model.UserID{{1}, {2}, {3}, {4}}, []model.UserID{1, 2, 3}, []model.UserID{4}},
		{"all of them", [][]model.UserID{{1}, {2}}, []model.UserID{1, 2}, nil},
		{"an empty list", nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			read := func(f model.UserFilter) (page model.Page[model.UserID], err error) {
				for _, rows := range c.pages {
					last := rows[len(rows)-1]
					if f.After != nil && last <= f.After.ID {
						continue
					}
					page.Read, page.Last = len(rows), model.Cursor{Order: model.ByID, ID: last}
					page.Items = slices.DeleteFunc(slices.Clone(rows), func(id model.UserID) bool { return slices.Contains(c.gone, id) })
					return page, nil
				}
				return page, nil
			}
			var got []model.UserID
			err := model.Batches(model.UserFilter{}, read, func(batch []model.UserID) error {
				got = append(got, batch...)
				return nil
			})
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestPagesOfUsersNameTheLastRowThatWasRead(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	for _, name := range []string{"ada", "bob", "cid"} {
		h.AddUser(name, in(acme.ID, model.RoleMember))
	}
	for _, order := range []model.Order{model.ByID, model.ByUsername, model.ByCreated} {
		filter := model.UserFilter{Org: acme.ID, Order: order, Limit: 2}
		users := must(t, func() (model.Page[model.User], error) { return h.Users(t.Context(), operator(), filter) })
		members := must(t, func() (model.Page[directory.MemberUser], error) {
			return h.MembersPage(t.Context(), operator(), filter)
		})
		want := order.At(users.Items[1])
		if users.Read != 2 || users.Last != want || members.Read != 2 || members.Last != want {
			t.Errorf("by %s: %d and %d rows up to %+v and %+v, want 2 up to %+v", order, users.Read, members.Read, users.Last, members.Last, want)
		}
	}
}

// completeLists is an organization with more rows than a batch.
func (h *fixture) completeLists(acme model.OrgID, rows int) model.Project {
	h.T.Helper()
	p := must(h.T, func() (model.Project, error) {
		return h.CreateProject(h.T.Context(), operator(), project.NewProject{Org: acme, Name: "Plan"})
	})
	var users []model.UserID
	h.Must(h.Store.Update(h.T.Context(), func(tx model.Writer) error {
		for i := range rows {
			o := model.Organization{Name: fmt.Sprintf("Org %d", i), Slug: fmt.Sprintf("org-%d", i), CreatedAt: h.Clock.Now(), UpdatedAt: h.Clock.Now()}
			n := model.Invitation{Org: acme, Role: model.RoleMember, Email: fmt.Sprintf("u%d@example.org", i), CreatedAt: h.Clock.Now(), ExpiresAt: h.Clock.Now()}
			u := model.User{UID: fmt.Sprintf("uid%014d", i), Username: fmt.Sprintf("u%d", i), State: model.Active, CreatedAt: h.Clock.Now(), UpdatedAt: h.Clock.Now()}
			err := errors.Join(tx.AddOrganization(&o), tx.AddInvitation(&n, []byte(o.Slug)), tx.AddUser(&u),
				tx.PutMember(model.Member{Org: acme, User: u.ID, Role: model.RoleMember}))
			if err != nil {
				return err
			}
			users = append(users, u.ID)
		}
		return tx.PutAssigned(p.ID, users)
	}))
	return p
}

// batchesOf calls read with a function that counts batches and runs between after the first.
func batchesOf[T any](between func(), read func(each func([]T) error) error) (batches int, err error) {
	err = read(func([]T) error {
		if batches++; batches == 1 {
			between()
		}
		return nil
	})
	return batches, err
}

func TestCompleteListsEndWithTheirCredential(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	p := h.completeLists(acme.ID, 600)
	root := h.AddUser("root", admin)
	lists := map[string]func(actor model.Actor, between func()) (int, error){
		"organizations": func(actor model.Actor, between func()) (int, error) {
			return batchesOf(between, func(each func([]model.Organization) error) error {
				return h.EachOrganization(t.Context(), actor, each)
			})
		},
		"invitations": func(actor model.Actor, between func()) (int, error) {
			return batchesOf(between, func(each func([]model.Invitation) error) error {
				return h.EachInvitation(t.Context(), actor, acme.ID, each)
			})
		},
		"assignees": func(actor model.Actor, between func()) (int, error) {
			return batchesOf(between, func(each func([]model.User) error) error {
				return h.EachAssigned(t.Context(), actor, acme.ID, p.Permalink, each)
			})
		},
		"users": func(actor model.Actor, between func()) (int, error) {
			return batchesOf(between, func(each func([]model.User) error) error {
				return model.Batches(model.UserFilter{}, func(f model.UserFilter) (model.Page[model.User], error) {
					return h.Users(t.Context(), actor, f)
				}, each)
			})
		},
		"users at Wekan": func(actor model.Actor, between func()) (int, error) {
			return batchesOf(between, func(each func([]model.User) error) error {
				return model.Batches(model.UserFilter{}, func(f model.UserFilter) (model.Page[model.User], error) {
					return h.ManagedUsers(t.Context(), actor, f)
				}, each)
			})
		},
		"members": func(actor model.Actor, between func()) (int, error) {
			return batchesOf(between, func(each func([]directory.MemberUser) error) error {
				return model.Batches(model.UserFilter{Org: acme.ID}, func(f model.UserFilter) (model.Page[directory.MemberUser], error) {
					return h.MembersPage(t.Context(), actor, f)
				}, each)
			})
		},
	}
	for name, list := range lists {
		actor := h.Actor(root)
		if batches, err := list(actor, func() {}); err != nil || batches < 2 {
			t.Errorf("%s: %d batches, %v", name, batches, err)
		}
		batches, err := list(actor, func() {
			h.Must(h.Store.Update(t.Context(), func(tx model.Writer) error { return tx.RevokeTokens(root.ID, h.Clock.Now()) }))
		})
		if batches != 1 {
			t.Errorf("%s: %d batches were read with a token that was revoked after the first", name, batches)
		}
		wantKind(t, err, fault.Unauthenticated)
	}
}

// Several batches contain each row once, ordered by id.
func TestCompleteListsAreReadInBatches(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	const rows = 1203
	acme := h.AddOrganization("Acme")
	p := h.completeLists(acme.ID, rows)
	want := func(name string, batches []int, ids []int64) {
		t.Helper()
		if len(ids) < rows || !slices.IsSorted(ids) || len(slices.Compact(ids)) != len(ids) || len(batches) < 3 || slices.Max(batches) > 500 {
			t.Errorf("%s: %d rows in batches of %v", name, len(ids), batches)
		}
	}
	var batches []int
	var ids []int64
	h.Must(h.EachOrganization(t.Context(), operator(), func(batch []model.Organization) error {
		batches = append(batches, len(batch))
		for _, o := range batch {
			ids = append(ids, int64(o.ID))
		}
		return nil
	}))
	want("organizations", batches, ids)
	batches, ids = nil, nil
	h.Must(h.EachInvitation(t.Context(), operator(), acme.ID, func(batch []model.Invitation) error {
		batches = append(batches, len(batch))
		for _, i := range batch {
			ids = append(ids, int64(i.ID))
		}
		return nil
	}))
	want("invitations", batches, ids)
	batches, ids = nil, nil
	h.Must(h.EachAssigned(t.Context(), operator(), acme.ID, p.Permalink, func(batch []model.User) error {
		batches = append(batches, len(batch))
		for _, u := range batch {
			ids = append(ids, int64(u.ID))
		}
		return nil
	}))
	want("assignees", batches, ids)
}
