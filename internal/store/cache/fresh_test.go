package cache_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/store/cache"
)

// house is a store with people and two organizations.
type house struct {
	*testing.T
	*cache.Store
	orgs [2]directory.OrgID
}

func newHouse(t *testing.T, people int) (house, []directory.UserID) {
	t.Helper()
	h := house{T: t, Store: open(t, cache.Options{})}
	h.update(func(tx directory.Writer) error {
		for i := range h.orgs {
			o := directory.Organization{Name: fmt.Sprint("Org ", i), Slug: fmt.Sprint("org-", i), Home: i == 0}
			if err := tx.AddOrganization(&o); err != nil {
				return err
			}
			h.orgs[i] = o.ID
		}
		return nil
	})
	ids := make([]directory.UserID, people)
	for i := range ids {
		ids[i] = h.add(i)
	}
	return h, ids
}

func (h house) update(fn func(directory.Writer) error) {
	h.Helper()
	if err := h.Update(context.Background(), fn); err != nil {
		h.Error(err)
	}
}

func (h house) add(i int) directory.UserID {
	h.Helper()
	u := directory.User{UID: fmt.Sprint("uid-", i), Username: fmt.Sprint("user", i), State: directory.Active}
	h.update(func(tx directory.Writer) error { return tx.AddUser(&u) })
	return u.ID
}

// glance is what the store says of a person.
func (h house) glance(id directory.UserID) (u directory.User) {
	h.Helper()
	err := h.ReadCached(context.Background(), func(tx directory.Reader) (err error) {
		u, err = tx.User(id)
		return err
	})
	if err != nil {
		h.Error(err)
	}
	return u
}

// Each writer reads its write at once, while other goroutines read the same users and put older
// snapshots into the cache.
func TestReadAfterAnAcknowledgedWriteReturnsIt(t *testing.T) {
	t.Parallel()
	h, ids := newHouse(t, 8)
	var stop atomic.Bool
	var readers, writers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for !stop.Load() {
				h.glance(ids[rand.IntN(len(ids))])
			}
		})
	}
	for _, id := range ids {
		writers.Go(func() {
			for i := range 60 {
				u := h.glance(id)
				u.Bio = strconv.Itoa(i)
				h.update(func(tx directory.Writer) error { return tx.ChangeUser(u) })
				if got := h.glance(id).Bio; got != u.Bio {
					t.Errorf("person %d: read %q after %q was acknowledged", id, got, u.Bio)
				}
			}
		})
	}
	writers.Wait()
	stop.Store(true)
	readers.Wait()
}

// random does something that changes lists.
func (h house) random(ids []directory.UserID, fresh *atomic.Int64) {
	id, org := ids[rand.IntN(len(ids))], h.orgs[rand.IntN(len(h.orgs))]
	states := []directory.State{directory.Active, directory.Blocked, directory.Invited}
	h.update(func(tx directory.Writer) error {
		u, err := tx.User(id)
		if err != nil {
			return nil // was deleted
		}
		switch rand.IntN(10) {
		case 0:
			n := fresh.Add(1)
			return tx.AddUser(&directory.User{UID: fmt.Sprint("fresh-", n), Username: fmt.Sprint("fresh", n), State: directory.Active})
		case 1:
			return tx.DropUser(id)
		case 2, 3, 4:
			return tx.PutMember(directory.Member{Org: org, User: id, Role: directory.RoleMember})
		case 5, 6:
			return tx.DropMember(org, id)
		}
		u.State = states[rand.IntN(len(states))]
		return tx.ChangeUser(u)
	})
}

func (h house) filters() []directory.UserFilter {
	var all []directory.UserFilter
	for _, org := range []directory.OrgID{0, h.orgs[0], h.orgs[1]} {
		for _, state := range []directory.State{"", directory.Active, directory.Blocked, directory.Invited} {
			all = append(all, directory.UserFilter{Org: org, State: state, Offset: 3, Limit: 20})
		}
	}
	return all
}

func (h house) sights(self directory.UserID) []directory.Visibility {
	return []directory.Visibility{
		{All: true}, {Self: self}, {Self: self, Orgs: h.orgs[:1]}, {Self: self, Orgs: h.orgs[:]},
	}
}

type looking func(context.Context, func(directory.Reader) error) error

func (h house) list(look looking, f directory.UserFilter, s directory.Visibility) (page directory.Page[directory.UserID]) {
	h.Helper()
	err := look(context.Background(), func(tx directory.Reader) (err error) {
		page, err = tx.Users(f, s)
		return err
	})
	if err != nil {
		h.Error(err)
	}
	return page
}

// Lists are loaded while users are created, changed and deleted.
func TestCachedListsEqualThoseOfTheDatabase(t *testing.T) {
	t.Parallel()
	h, ids := newHouse(t, 60)
	var fresh atomic.Int64
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for range 60 {
				h.random(ids, &fresh)
				h.list(h.ReadCached, h.filters()[rand.IntN(12)], h.sights(ids[0])[rand.IntN(4)])
			}
		})
	}
	work.Wait()
	for _, f := range h.filters() {
		for _, s := range h.sights(ids[0]) {
			h.inMemory(f, s)
			got, want := h.list(h.ReadCached, f, s), h.list(h.Read, f, s)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%+v as %+v (-database +memory):\n%s", f, s, diff)
			}
		}
	}
}

// inMemory waits until a list comes from memory: a list that does takes no snapshot.
func (h house) inMemory(f directory.UserFilter, s directory.Visibility) {
	h.Helper()
	if f.Org != 0 && !s.All && f.Org != h.orgs[0] && len(s.Orgs) < 2 || f.Org != 0 && len(s.Orgs) == 0 && !s.All {
		return // of an organization that is not seen, the database knows
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if h.Listed(f, s) {
			return
		}
	}
	h.Errorf("%+v as %+v never came into memory", f, s)
}

// silent is a feed of which nothing is heard.
type silent struct{}

func (silent) Follow(ctx context.Context, _ directory.FeedListener) { <-ctx.Done() }

func TestStoreWithoutFeedReadsFromTheDatabase(t *testing.T) {
	t.Parallel()
	s := open(t, cache.Options{Feed: silent{}})
	h := house{T: t, Store: s}
	id := h.add(1)
	h.glance(id)
	err := s.Backend().Update(t.Context(), func(tx directory.Writer) error {
		u, err := tx.User(id)
		u.State = directory.Blocked
		if err != nil {
			return err
		}
		return tx.ChangeUser(u)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := h.glance(id).State; got != directory.Blocked {
		t.Errorf("got %s of a person whom another node blocked", got)
	}
}
