package directory

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
)

// refusals are the users that this process refuses until it ends, although the store says
// that they are active: for the time in which nothing can be written. Requests read one
// pointer, which is nil while there are none.
type denylist struct {
	mu    sync.Mutex // of changes
	users atomic.Pointer[map[UserID]bool]
}

// refuses reports whether the user is refused.
func (r *denylist) contains(id UserID) bool {
	set := r.users.Load()
	return set != nil && (*set)[id]
}

// refusesActor reports whether the user of an actor, or the administrator who acts as them,
// is refused.
func (r *denylist) containsActor(actor Actor) bool {
	set := r.users.Load()
	return set != nil && ((*set)[actor.user] || (*set)[actor.impersonator])
}

func (r *denylist) set(id UserID, refused bool) (changed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.contains(id) == refused {
		return false
	}
	next := map[UserID]bool{}
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

// RefuseUntilRestart makes this process refuse all logins, tokens, API keys and sessions of
// a user until it ends or the user is unblocked. It writes nothing, so that it works while
// the database takes no writes: no event records it, the log does. Other nodes do not know
// of it.
func (d *Directory) DenyUntilRestart(ctx context.Context, actor Actor, id UserID) (User, error) {
	var refused User
	err := d.read(ctx, actor, UsersManage, 0, func(tx Reader, _ User) (err error) {
		if err := requireFullScopeForSelf(actor, id); err != nil {
			return err
		}
		refused, err = tx.User(id)
		return err
	})
	if err == nil && d.denied.set(id, true) {
		d.options.Log.WarnContext(ctx, "user is refused until this process ends", "user", id, "actor", actor.impersonator)
	}
	return refused, err
}

// admitRefused ends the refusal of a user.
func (d *Directory) endDenial(ctx context.Context, id UserID) {
	if d.denied.set(id, false) {
		d.options.Log.WarnContext(ctx, "user is no longer refused by this process", "user", id)
	}
}
