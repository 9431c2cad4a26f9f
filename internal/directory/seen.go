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
type sightings struct {
	mu      sync.Mutex
	pending map[sightingKey]time.Time
	written map[sightingKey]time.Time
	expired time.Time // when Expire ran last
}

type sightingKey struct {
	user       UserID
	credential CredentialKind
	id         int64
}

// maxSightings bounds the memory of both maps.
const maxSightings = 10_000

func newSightings() *sightings {
	return &sightings{pending: map[sightingKey]time.Time{}, written: map[sightingKey]time.Time{}}
}

func (s *sightings) note(actor Actor, now time.Time) {
	key := sightingKey{actor.impersonator, actor.credential, actor.credentialID}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.written[key]) < time.Minute || len(s.pending) >= maxSightings {
		return
	}
	s.pending[key] = now
}

func (s *sightings) take() []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.written) > maxSightings {
		clear(s.written)
	}
	seen := make([]Seen, 0, len(s.pending))
	for key, at := range s.pending {
		seen = append(seen, Seen{User: key.user, Credential: key.credential, ID: key.id, At: at})
		s.written[key] = at
	}
	clear(s.pending)
	return seen
}

// expireInterval is how often what has ended is removed.
const expireInterval = 10 * time.Minute

// dueToExpire reports whether it is time, and notes that it is done.
func (s *sightings) dueToExpire(now time.Time) bool {
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
func (d *Directory) Tend(ctx context.Context, actor Actor) error {
	if !actor.isOperator() {
		return fault.New(fault.Forbidden, "only the server itself does this")
	}
	seen, due := d.seen.take(), d.seen.dueToExpire(d.now())
	if len(seen) == 0 && !due {
		return nil
	}
	err := d.write(ctx, func(tx Writer) error {
		if err := tx.Touch(seen); err != nil || !due {
			return err
		}
		return errors.Join(tx.Expire(d.now()), tx.DropImports(d.now().Add(-importMemory)))
	})
	if err != nil || !due {
		return err
	}
	return errors.Join(d.clear(ctx, actor), d.restDormant(ctx, actor), d.learnSchemes(ctx))
}

// Ready reports whether the store answers.
func (d *Directory) Ready(ctx context.Context, actor Actor) error {
	return d.read(ctx, actor, ServerManage, 0, func(tx Reader, _ User) error {
		_, _, err := tx.EventHead()
		return err
	})
}
