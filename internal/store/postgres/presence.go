package postgres

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"roster.example/roster/internal/model"
)

// A node holds a session-level advisory lock on its number while the connection
// of its feed is open. PostgreSQL releases the lock with the connection, so that other nodes
// detect at once that a node was killed, and take over its leases.

// presence is the lock of this node.
type presence struct {
	number int64
	held   atomic.Bool
}

// newLeaseHolder returns a random number, which no other node has.
func newLeaseHolder() int64 { return rand.Int64N(1<<62) + 2 }

// holder returns the number while the lock is held, else 0.
func (p *presence) holder() int64 {
	if !p.held.Load() {
		return 0
	}
	return p.number
}

// keepalive makes the server detect within about 15 s that the machine of a node is
// unreachable.
const keepalive = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 5"

// lockInterval is the time between two attempts to take the lock. The previous session of this node may
// hold it for a moment.
const lockInterval = time.Second

// onConnection prepares the lock on a new connection of the feed; see tryLock.
func (p *presence) onConnection(ctx context.Context, conn *pgx.Conn) *presenceLock {
	_, err := conn.Exec(ctx, keepalive)
	_ = err // without these settings the detection takes longer
	return &presenceLock{presence: p, conn: conn}
}

// presenceLock is the lock on one connection.
type presenceLock struct {
	*presence
	conn *pgx.Conn
	next time.Time
}

// tryLock tries to take the lock, at most once per lockInterval. On an engine without advisory
// locks it never succeeds; leases then end by expiry only.
func (v *presenceLock) tryLock(ctx context.Context) {
	if v.held.Load() || time.Now().Before(v.next) {
		return
	}
	v.next = time.Now().Add(lockInterval)
	limited, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	var got bool
	if err := v.conn.QueryRow(limited, "SELECT pg_try_advisory_lock($1)", v.number).Scan(&got); err == nil && got {
		v.held.Store(true)
	}
}

// release must be called before the connection is closed.
func (v *presenceLock) release() { v.held.Store(false) }

// Connected implements [model.ConnectionChecker]. A node is always connected to itself: it finishes its
// work while its feed is interrupted.
func (s *store) Connected(ctx context.Context, one model.LeaseHolder) (connected bool, err error) {
	if int64(one) == s.presence.number {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, statementLimit)
	defer cancel()
	err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
		WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
		AND ((l.classid::bigint << 32) | l.objid::bigint) = $1)`, int64(one)).Scan(&connected)
	return connected, err
}
