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
type refusals struct {
	mu  sync.Mutex // of changes
	set atomic.Pointer[map[UserID]bool]
}

// refuses reports whether the user is refused.
func (r *refusals) refuses(id UserID) bool {
	set := r.set.Load()
	return set != nil && (*set)[id]
}

// refusesActor reports whether the user of an actor, or the administrator who acts as them,
// is refused.
func (r *refusals) refusesActor(actor Actor) bool {
	set := r.set.Load()
	return set != nil && ((*set)[actor.user] || (*set)[actor.real])
}

func (r *refusals) put(id UserID, refused bool) (changed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuses(id) == refused {
		return false
	}
	next := map[UserID]bool{}
	if set := r.set.Load(); set != nil {
		maps.Copy(next, *set)
	}
	if next[id] = true; !refused {
		delete(next, id)
	}
	if len(next) == 0 {
		r.set.Store(nil)
		return true
	}
	r.set.Store(&next)
	return true
}

// RefuseUntilRestart makes this process refuse all logins, tokens, API keys and sessions of
// a user until it ends or the user is unblocked. It writes nothing, so that it works while
// the database takes no writes: no event records it, the log does. Other nodes do not know
// of it.
func (d *Directory) RefuseUntilRestart(ctx context.Context, actor Actor, id UserID) (User, error) {
	var refused User
	err := d.read(ctx, actor, UsersManage, 0, func(tx Reader, _ User) (err error) {
		if err := mayEnd(actor, id); err != nil {
			return err
		}
		refused, err = tx.User(id)
		return err
	})
	if err == nil && d.refused.put(id, true) {
		d.options.Log.WarnContext(ctx, "user is refused until this process ends", "user", id, "actor", actor.real)
	}
	return refused, err
}

// admitRefused ends the refusal of a user.
func (d *Directory) admitRefused(ctx context.Context, id UserID) {
	if d.refused.put(id, false) {
		d.options.Log.WarnContext(ctx, "user is no longer refused by this process", "user", id)
	}
}
