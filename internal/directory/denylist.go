package directory

import (
	"context"
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

// contains reports whether the user is on the list.
func (r *denylist) contains(id model.UserID) bool {
	set := r.users.Load()
	return set != nil && (*set)[id]
}

// containsActor reports whether the user of an actor, or the impersonator, is on the list.
func (r *denylist) containsActor(actor model.Actor) bool {
	set := r.users.Load()
	return set != nil && ((*set)[actor.UserID()] || (*set)[actor.Impersonator()])
}

func (r *denylist) set(id model.UserID, refused bool) (changed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.contains(id) == refused {
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

// DenyUntilRestart makes this process reject all logins, tokens, API keys and sessions of a
// user until it ends or the user is unblocked. It works while the database accepts no writes:
// it records no event, but logs. It has no effect on other nodes.
func (d *Directory) DenyUntilRestart(ctx context.Context, actor model.Actor, id model.UserID) (model.User, error) {
	var refused model.User
	err := d.read(ctx, actor, model.UsersManage, 0, func(tx model.Reader, _ model.User) (err error) {
		if err := requireFullScopeForSelf(actor, id); err != nil {
			return err
		}
		refused, err = tx.User(id)
		return err
	})
	if err == nil && d.denied.set(id, true) {
		d.options.Log.WarnContext(ctx, "user is refused until this process ends", "user", id, "actor", actor.Impersonator())
	}
	return refused, err
}

// endDenial removes a user from the list.
func (d *Directory) endDenial(ctx context.Context, id model.UserID) {
	if d.denied.set(id, false) {
		d.options.Log.WarnContext(ctx, "user is no longer refused by this process", "user", id)
	}
}
