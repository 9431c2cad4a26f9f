package directory

import (
	"context"
	"errors"
	"sync"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
)

// lastUsed collects the times of last use of credentials, so that reads cause no write. They
// have a precision of a minute and are lost in a crash: they are for information only.
type lastUsed struct {
	mu      sync.Mutex
	pending map[lastUsedKey]time.Time
	written map[lastUsedKey]time.Time
	expired time.Time // when Expire ran last
}

type lastUsedKey struct {
	user       model.UserID
	credential model.CredentialKind
	id         int64
}

// maxLastUsed is the maximum size of each map.
const maxLastUsed = 10_000

func newLastUsed() *lastUsed {
	return &lastUsed{pending: map[lastUsedKey]time.Time{}, written: map[lastUsedKey]time.Time{}}
}

func (s *lastUsed) record(actor model.Actor, now time.Time) {
	key := lastUsedKey{actor.Impersonator(), actor.Credential(), actor.CredentialID()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.written[key]) < time.Minute || len(s.pending) >= maxLastUsed {
		return
	}
	s.pending[key] = now
}

func (s *lastUsed) drain() []model.LastUse {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.written) > maxLastUsed {
		clear(s.written)
	}
	seen := make([]model.LastUse, 0, len(s.pending))
	for key, at := range s.pending {
		seen = append(seen, model.LastUse{User: key.user, Credential: key.credential, ID: key.id, At: at})
		s.written[key] = at
	}
	clear(s.pending)
	return seen
}

// expireInterval is how often expired rows are deleted.
const expireInterval = 10 * time.Minute

// dueToExpire reports whether expireInterval has passed, and starts the next one.
func (s *lastUsed) dueToExpire(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.expired) < expireInterval {
		return false
	}
	s.expired = now
	return true
}

// FlushLastUsed writes last-used times. A process calls it before it ends.
func (d *Directory) FlushLastUsed(ctx context.Context, actor model.Actor) error {
	if !actor.IsOperator() {
		return fault.New(fault.Forbidden, "only the server itself may do this")
	}
	seen := d.lastUsed.drain()
	if len(seen) == 0 {
		return nil
	}
	return d.ops.Write(ctx, func(tx model.Writer) error { return tx.RecordLastUse(seen) })
}

// RunMaintenance writes last-used times and, every ten minutes, deletes expired rows and sign-ups,
// applies the retention of events and deactivates dormant users. The server calls it every few
// seconds.
func (d *Directory) RunMaintenance(ctx context.Context, actor model.Actor) error {
	if !actor.IsOperator() {
		return fault.New(fault.Forbidden, "only the server itself may do this")
	}
	seen, due := d.lastUsed.drain(), d.lastUsed.dueToExpire(d.ops.Now())
	if len(seen) == 0 && !due {
		return nil
	}
	err := d.ops.Write(ctx, func(tx model.Writer) error {
		if err := tx.RecordLastUse(seen); err != nil || !due {
			return err
		}
		return tx.DropImports(d.ops.Now().Add(-importer.Keep))
	})
	if err != nil || !due {
		return err
	}
	return errors.Join(d.deleteExpired(ctx, actor), d.deactivateDormant(ctx, actor), d.loadPasswordSchemes(ctx))
}
