package directory

import (
	"context"
	"errors"
	"sync"
	"time"

	"roster.example/roster/internal/fault"
)

// sightings gathers when credentials were last used, so that no reading request
// waits for a write. They are kept to the minute and lost in a crash: they
// inform people and decide nothing.
type lastUsed struct {
	mu      sync.Mutex
	pending map[lastUsedKey]time.Time
	written map[lastUsedKey]time.Time
	expired time.Time // when Expire ran last
}

type lastUsedKey struct {
	user       UserID
	credential CredentialKind
	id         int64
}

// maxSightings bounds the memory of both maps.
const maxLastUsed = 10_000

func newLastUsed() *lastUsed {
	return &lastUsed{pending: map[lastUsedKey]time.Time{}, written: map[lastUsedKey]time.Time{}}
}

func (s *lastUsed) record(actor Actor, now time.Time) {
	key := lastUsedKey{actor.impersonator, actor.credential, actor.credentialID}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.written[key]) < time.Minute || len(s.pending) >= maxLastUsed {
		return
	}
	s.pending[key] = now
}

func (s *lastUsed) drain() []LastUse {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.written) > maxLastUsed {
		clear(s.written)
	}
	seen := make([]LastUse, 0, len(s.pending))
	for key, at := range s.pending {
		seen = append(seen, LastUse{User: key.user, Credential: key.credential, ID: key.id, At: at})
		s.written[key] = at
	}
	clear(s.pending)
	return seen
}

// expireInterval is how often what has ended is removed.
const expireInterval = 10 * time.Minute

// dueToExpire reports whether it is time, and notes that it is done.
func (s *lastUsed) dueToExpire(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.expired) < expireInterval {
		return false
	}
	s.expired = now
	return true
}

// Tend does what is due now and then: it writes down last-used times and removes
// what has expired. The program calls it every few seconds and before it ends.
func (d *Directory) RunMaintenance(ctx context.Context, actor Actor) error {
	if !actor.isOperator() {
		return fault.New(fault.Forbidden, "only the server itself does this")
	}
	seen, due := d.lastUsed.drain(), d.lastUsed.dueToExpire(d.now())
	if len(seen) == 0 && !due {
		return nil
	}
	err := d.write(ctx, func(tx Writer) error {
		if err := tx.RecordLastUse(seen); err != nil || !due {
			return err
		}
		return errors.Join(tx.Expire(d.now()), tx.DropImports(d.now().Add(-importMemory)))
	})
	if err != nil || !due {
		return err
	}
	return errors.Join(d.clear(ctx, actor), d.deactivateDormant(ctx, actor), d.learnPasswordSchemes(ctx))
}

// Ready reports whether the store answers.
func (d *Directory) Ready(ctx context.Context, actor Actor) error {
	return d.read(ctx, actor, ServerManage, 0, func(tx Reader, _ User) error {
		_, _, err := tx.EventHead()
		return err
	})
}
