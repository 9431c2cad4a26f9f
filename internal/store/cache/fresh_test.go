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

// fixture is a store with users and two organizations.
type fixture struct {
	*testing.T
	*cache.Store
	orgs [2]directory.OrgID
}

func newFixture(t *testing.T, users int) (fixture, []directory.UserID) {
	t.Helper()
	h := fixture{T: t, Store: open(t, cache.Options{})}
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
	ids := make([]directory.UserID, users)
	for i := range ids {
		ids[i] = h.addUser(i)
	}
	return h, ids
}

func (h fixture) update(fn func(directory.Writer) error) {
	h.Helper()
	if err := h.Update(context.Background(), fn); err != nil {
		h.Error(err)
	}
}

func (h fixture) addUser(i int) directory.UserID {
	h.Helper()
	u := directory.User{UID: fmt.Sprint("uid-", i), Username: fmt.Sprint("user", i), State: directory.Active}
	h.update(func(tx directory.Writer) error { return tx.AddUser(&u) })
	return u.ID
}

// cachedUser reads a user, from the cache if it is there.
func (h fixture) cachedUser(id directory.UserID) (u directory.User) {
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
	h, ids := newFixture(t, 8)
	var stop atomic.Bool
	var readers, writers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for !stop.Load() {
				h.cachedUser(ids[rand.IntN(len(ids))])
			}
		})
	}
	for _, id := range ids {
		writers.Go(func() {
			for i := range 60 {
				u := h.cachedUser(id)
				u.Bio = strconv.Itoa(i)
				h.update(func(tx directory.Writer) error { return tx.ChangeUser(u) })
				if got := h.cachedUser(id).Bio; got != u.Bio {
					t.Errorf("user %d: read %q after %q was acknowledged", id, got, u.Bio)
				}
			}
		})
	}
	writers.Wait()
	stop.Store(true)
	readers.Wait()
}

// changeAtRandom makes one of several changes that lists depend on.
func (h fixture) changeAtRandom(ids []directory.UserID, fresh *atomic.Int64) {
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

func (h fixture) filters() []directory.UserFilter {
	var all []directory.UserFilter
	for _, org := range []directory.OrgID{0, h.orgs[0], h.orgs[1]} {
		for _, state := range []directory.State{"", directory.Active, directory.Blocked, directory.Invited} {
			all = append(all, directory.UserFilter{Org: org, State: state, Offset: 3, Limit: 20})
		}
	}
	return all
}

func (h fixture) visibilities(self directory.UserID) []directory.Visibility {
	return []directory.Visibility{
		{All: true}, {Self: self}, {Self: self, Orgs: h.orgs[:1]}, {Self: self, Orgs: h.orgs[:]},
	}
}

type reader func(context.Context, func(directory.Reader) error) error

func (h fixture) list(look reader, f directory.UserFilter, s directory.Visibility) (page directory.Page[directory.UserID]) {
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
	h, ids := newFixture(t, 60)
	var fresh atomic.Int64
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for range 60 {
				h.changeAtRandom(ids, &fresh)
				h.list(h.ReadCached, h.filters()[rand.IntN(12)], h.visibilities(ids[0])[rand.IntN(4)])
			}
		})
	}
	work.Wait()
	for _, f := range h.filters() {
		for _, s := range h.visibilities(ids[0]) {
			h.waitUntilCached(f, s)
			got, want := h.list(h.ReadCached, f, s), h.list(h.Read, f, s)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%+v as %+v (-database +cache):\n%s", f, s, diff)
			}
		}
	}
}

// waitUntilCached waits until a list comes from the cache.
func (h fixture) waitUntilCached(f directory.UserFilter, s directory.Visibility) {
	h.Helper()
	if f.Org != 0 && !s.All && f.Org != h.orgs[0] && len(s.Orgs) < 2 || f.Org != 0 && len(s.Orgs) == 0 && !s.All {
		return // lists of organizations that are not visible come from the database
	}
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if h.Listed(f, s) {
			return
		}
	}
	h.Errorf("%+v as %+v was never cached", f, s)
}

// silentFeed delivers no invalidations.
type silentFeed struct{}

func (silentFeed) Follow(ctx context.Context, _ directory.FeedListener) { <-ctx.Done() }

func TestStoreWithoutFeedReadsFromTheDatabase(t *testing.T) {
	t.Parallel()
	s := open(t, cache.Options{Feed: silentFeed{}})
	h := fixture{T: t, Store: s}
	id := h.addUser(1)
	h.cachedUser(id)
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
	if got := h.cachedUser(id).State; got != directory.Blocked {
		t.Errorf("got %s of a person whom another node blocked", got)
	}
}
