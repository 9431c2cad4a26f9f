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

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/cache"
)

// fixture is a store with users and two organizations.
type fixture struct {
	*testing.T
	*cache.Store
	orgs [2]model.OrgID
}

func newFixture(t *testing.T, users int) (fixture, []model.UserID) {
	t.Helper()
	h := fixture{T: t, Store: open(t, cache.Options{Memory: testMemory})}
	h.update(func(tx model.Writer) error {
		for i := range h.orgs {
			o := model.Organization{Name: fmt.Sprint("Org ", i), Slug: fmt.Sprint("org-", i), Home: i == 0}
			if err := tx.AddOrganization(&o); err != nil {
				return err
			}
			h.orgs[i] = o.ID
		}
		return nil
	})
	ids := make([]model.UserID, users)
	for i := range ids {
		ids[i] = h.addUser(i)
	}
	return h, ids
}

func (h fixture) update(fn func(model.Writer) error) {
	h.Helper()
	if err := h.Update(context.Background(), fn); err != nil {
		h.Error(err)
	}
}

func (h fixture) addUser(i int) model.UserID {
	h.Helper()
	u := model.User{UID: fmt.Sprint("uid-", i), Username: fmt.Sprint("user", i), State: model.Active}
	h.update(func(tx model.Writer) error { return tx.AddUser(&u) })
	return u.ID
}

// cachedUser reads a user, from the cache if it is there.
func (h fixture) cachedUser(id model.UserID) (u model.User) {
	h.Helper()
	err := h.ReadCached(context.Background(), func(tx model.Reader) (err error) {
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
				h.update(func(tx model.Writer) error { return tx.ChangeUser(u) })
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
func (h fixture) changeAtRandom(ids []model.UserID, fresh *atomic.Int64) {
	id, org := ids[rand.IntN(len(ids))], h.orgs[rand.IntN(len(h.orgs))]
	states := []model.State{model.Active, model.Blocked, model.Invited}
	h.update(func(tx model.Writer) error {
		u, err := tx.User(id)
		if err != nil {
			return nil // was deleted
		}
		switch rand.IntN(10) {
		case 0:
			n := fresh.Add(1)
			return tx.AddUser(&model.User{UID: fmt.Sprint("fresh-", n), Username: fmt.Sprint("fresh", n), State: model.Active})
		case 1:
			return tx.DropUser(id)
		case 2, 3, 4:
			return tx.PutMember(model.Member{Org: org, User: id, Role: model.RoleMember})
		case 5, 6:
			return tx.DropMember(org, id)
		}
		u.State = states[rand.IntN(len(states))]
		return tx.ChangeUser(u)
	})
}

func (h fixture) filters() []model.UserFilter {
	var all []model.UserFilter
	for _, org := range []model.OrgID{0, h.orgs[0], h.orgs[1]} {
		for _, state := range []model.State{"", model.Active, model.Blocked, model.Invited} {
			all = append(all, model.UserFilter{Org: org, State: state, Offset: 3, Limit: 20})
		}
	}
	return all
}

func (h fixture) visibilities(self model.UserID) []model.Visibility {
	return []model.Visibility{
		{All: true}, {Self: self}, {Self: self, Orgs: h.orgs[:1]}, {Self: self, Orgs: h.orgs[:]},
	}
}

type reader func(context.Context, func(model.Reader) error) error

func (h fixture) list(look reader, f model.UserFilter, s model.Visibility) (page model.Page[model.UserID]) {
	h.Helper()
	err := look(context.Background(), func(tx model.Reader) (err error) {
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
func (h fixture) waitUntilCached(f model.UserFilter, s model.Visibility) {
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

func (silentFeed) Follow(ctx context.Context, _ model.FeedListener) { <-ctx.Done() }

func TestStoreWithoutFeedReadsFromTheDatabase(t *testing.T) {
	t.Parallel()
	s := open(t, cache.Options{Memory: testMemory, Feed: silentFeed{}})
	h := fixture{T: t, Store: s}
	id := h.addUser(1)
	h.cachedUser(id)
	err := s.Backend().Update(t.Context(), func(tx model.Writer) error {
		u, err := tx.User(id)
		u.State = model.Blocked
		if err != nil {
			return err
		}
		return tx.ChangeUser(u)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := h.cachedUser(id).State; got != model.Blocked {
		t.Errorf("got %s of a person whom another node blocked", got)
	}
}
