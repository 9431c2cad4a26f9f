package operation

import (
	"maps"
	"sync"
	"sync/atomic"

	"roster.example/roster/internal/model"
)

// denylist holds the users that this process rejects until it ends, although they are active
// in the store: for the time in which the database accepts no writes. Requests read one
// pointer, which is nil while the list is empty.
type denylist struct {
	mu    sync.Mutex // guards changes
	users atomic.Pointer[map[model.UserID]bool]
}

// Contains reports whether the user is on the list.
func (r *denylist) Contains(id model.UserID) bool {
	set := r.users.Load()
	return set != nil && (*set)[id]
}

// containsActor reports whether the user of an actor, or the impersonator, is on the list.
func (r *denylist) containsActor(actor model.Actor) bool {
	set := r.users.Load()
	return set != nil && ((*set)[actor.UserID()] || (*set)[actor.Impersonator()])
}

func (r *denylist) Set(id model.UserID, refused bool) (changed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Contains(id) == refused {
		return false
	}
	next := map[model.UserID]bool{}
	if set := r.users.Load(); set != nil {
		maps.Copy(next, *set)
	}
	if next[id] = true; !refused {
		delete(next, id)
	}
	if len(next) == 0 {
		r.users.Store(nil)
		return true
	}
	r.users.Store(&next)
	return true
}
