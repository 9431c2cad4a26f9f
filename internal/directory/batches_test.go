package directory_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

// Rows that were deleted between two reads are not among the items of their page. They
// do not end the list.
func TestBatchesReadOnBehindPagesWhoseRowsAreAllGone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		pages [][]directory.UserID // of rows, by id
		gone  []directory.UserID
		want  []directory.UserID
	}{
		{"none are gone", [][]directory.UserID{{1, 2}, {3}}, nil, []directory.UserID{1, 2, 3}},
		{"the last of a page", [][]directory.UserID{{1, 2}, {3, 4}}, []directory.UserID{2}, []directory.UserID{1, 3, 4}},
		{"a page in the middle", [][]directory.UserID{{1, 2}, {3, 4}, {5}}, []directory.UserID{3, 4}, []directory.UserID{1, 2, 5}},
		{"the first page", [][]directory.UserID{{1, 2}, {3}}, []directory.UserID{1, 2}, []directory.UserID{3}},
		{"several pages", [][]directory.UserID{{1}, {2}, {3}, {4}}, []directory.UserID{1, 2, 3}, []directory.UserID{4}},
		{"all of them", [][]directory.UserID{{1}, {2}}, []directory.UserID{1, 2}, nil},
		{"an empty list", nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			read := func(f directory.UserFilter) (page directory.Page[directory.UserID], err error) {
				for _, rows := range c.pages {
					last := rows[len(rows)-1]
					if f.After != nil && last <= f.After.ID {
						continue
					}
					page.Read, page.Last = len(rows), directory.Cursor{Order: directory.ByID, ID: last}
					page.Items = slices.DeleteFunc(slices.Clone(rows), func(id directory.UserID) bool { return slices.Contains(c.gone, id) })
					return page, nil
				}
				return page, nil
			}
			var got []directory.UserID
			err := directory.Batches(directory.UserFilter{}, read, func(batch []directory.UserID) error {
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
		h.AddUser(name, in(acme.ID, directory.RoleMember))
	}
	for _, order := range []directory.Order{directory.ByID, directory.ByUsername, directory.ByCreated} {
		filter := directory.UserFilter{Org: acme.ID, Order: order, Limit: 2}
		users := must(t, func() (directory.Page[directory.User], error) { return h.Users(t.Context(), operator(), filter) })
		members := must(t, func() (directory.Page[directory.MemberUser], error) {
			return h.MembersPage(t.Context(), operator(), filter)
		})
		want := order.At(users.Items[1])
		if users.Read != 2 || users.Last != want || members.Read != 2 || members.Last != want {
			t.Errorf("by %s: %d and %d rows up to %+v and %+v, want 2 up to %+v", order, users.Read, members.Read, users.Last, members.Last, want)
		}
	}
}

// wholeLists has the rows of an organization that no batch holds at once.
func (h *fixture) wholeLists(acme directory.OrgID, rows int) directory.Project {
	h.T.Helper()
	p := must(h.T, func() (directory.Project, error) {
		return h.CreateProject(h.T.Context(), operator(), directory.NewProject{Org: acme, Name: "Plan"})
	})
	var users []directory.UserID
	h.Must(h.Store.Update(h.T.Context(), func(tx directory.Writer) error {
		for i := range rows {
			o := directory.Organization{Name: fmt.Sprintf("Org %d", i), Slug: fmt.Sprintf("org-%d", i), CreatedAt: h.Clock.Now(), UpdatedAt: h.Clock.Now()}
			n := directory.Invitation{Org: acme, Role: directory.RoleMember, Email: fmt.Sprintf("u%d@example.org", i), CreatedAt: h.Clock.Now(), ExpiresAt: h.Clock.Now()}
			u := directory.User{UID: fmt.Sprintf("uid%014d", i), Username: fmt.Sprintf("u%d", i), State: directory.Active, CreatedAt: h.Clock.Now(), UpdatedAt: h.Clock.Now()}
			err := errors.Join(tx.AddOrganization(&o), tx.AddInvitation(&n, []byte(o.Slug)), tx.AddUser(&u),
				tx.PutMember(directory.Member{Org: acme, User: u.ID, Role: directory.RoleMember}))
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

func TestWholeListsEndWhenTheirCredentialEnds(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	p := h.wholeLists(acme.ID, 600)
	root := h.AddUser("root", admin)
	lists := map[string]func(actor directory.Actor, between func()) (int, error){
		"organizations": func(actor directory.Actor, between func()) (int, error) {
			return batchesOf(between, func(each func([]directory.Organization) error) error {
				return h.EachOrganization(t.Context(), actor, each)
			})
		},
		"invitations": func(actor directory.Actor, between func()) (int, error) {
			return batchesOf(between, func(each func([]directory.Invitation) error) error {
				return h.EachInvitation(t.Context(), actor, acme.ID, each)
			})
		},
		"assignees": func(actor directory.Actor, between func()) (int, error) {
			return batchesOf(between, func(each func([]directory.User) error) error {
				return h.EachAssigned(t.Context(), actor, acme.ID, p.Permalink, each)
			})
		},
		"users": func(actor directory.Actor, between func()) (int, error) {
			return batchesOf(between, func(each func([]directory.User) error) error {
				return directory.Batches(directory.UserFilter{}, func(f directory.UserFilter) (directory.Page[directory.User], error) {
					return h.Users(t.Context(), actor, f)
				}, each)
			})
		},
		"users at Wekan": func(actor directory.Actor, between func()) (int, error) {
			return batchesOf(between, func(each func([]directory.User) error) error {
				return directory.Batches(directory.UserFilter{}, func(f directory.UserFilter) (directory.Page[directory.User], error) {
					return h.ManagedUsers(t.Context(), actor, f)
				}, each)
			})
		},
		"members": func(actor directory.Actor, between func()) (int, error) {
			return batchesOf(between, func(each func([]directory.MemberUser) error) error {
				return directory.Batches(directory.UserFilter{Org: acme.ID}, func(f directory.UserFilter) (directory.Page[directory.MemberUser], error) {
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
			h.Must(h.Store.Update(t.Context(), func(tx directory.Writer) error { return tx.RevokeTokens(root.ID, h.Clock.Now()) }))
		})
		if batches != 1 {
			t.Errorf("%s: %d batches were read with a token that was revoked after the first", name, batches)
		}
		wantKind(t, err, fault.Unauthenticated)
	}
}

// More rows than a batch has come in several batches, each row once, by id.
func TestWholeListsComeInBatches(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	const rows = 1203
	acme := h.AddOrganization("Acme")
	p := h.wholeLists(acme.ID, rows)
	want := func(name string, batches []int, ids []int64) {
		t.Helper()
		if len(ids) < rows || !slices.IsSorted(ids) || len(slices.Compact(ids)) != len(ids) || len(batches) < 3 || slices.Max(batches) > 500 {
			t.Errorf("%s: %d rows in batches of %v", name, len(ids), batches)
		}
	}
	var batches []int
	var ids []int64
	h.Must(h.EachOrganization(t.Context(), operator(), func(batch []directory.Organization) error {
		batches = append(batches, len(batch))
		for _, o := range batch {
			ids = append(ids, int64(o.ID))
		}
		return nil
	}))
	want("organizations", batches, ids)
	batches, ids = nil, nil
	h.Must(h.EachInvitation(t.Context(), operator(), acme.ID, func(batch []directory.Invitation) error {
		batches = append(batches, len(batch))
		for _, i := range batch {
			ids = append(ids, int64(i.ID))
		}
		return nil
	}))
	want("invitations", batches, ids)
	batches, ids = nil, nil
	h.Must(h.EachAssigned(t.Context(), operator(), acme.ID, p.Permalink, func(batch []directory.User) error {
		batches = append(batches, len(batch))
		for _, u := range batch {
			ids = append(ids, int64(u.ID))
		}
		return nil
	}))
	want("assignees", batches, ids)
}
