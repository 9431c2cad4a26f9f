package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/postgres/pgtest"
)

// writeConcurrently writes from several goroutines of each node, and checks that all events form
// one chain.
func writeConcurrently(t *testing.T, nodes ...*store) {
	t.Helper()
	const writers, each = 6, 4
	var group sync.WaitGroup
	for i, s := range nodes {
		for w := range writers {
			group.Go(func() {
				for n := range each {
					if _, err := addUser(s, fmt.Sprintf("u%d-%d-%d", i, w, n)); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	group.Wait()
	must(t, nodes[0].Read(context.Background(), func(tx model.Reader) error {
		events, err := tx.Events(model.EventFilter{})
		previous := model.GenesisHash()
		for i, e := range events {
			if int(e.ID) != i+1 || string(e.Previous) != string(previous) || string(e.Hash) != string(e.Sum(nil)) {
				t.Errorf("event %d does not follow from the one before", e.ID)
			}
			previous = e.Hash
		}
		if want := len(nodes) * writers * each; len(events) != want {
			t.Errorf("%d events, want %d", len(events), want)
		}
		return err
	}))
}

func TestNodesWriteOneChain(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	writeConcurrently(t, node(t, address), node(t, address), node(t, address))
}

func TestNodesWriteOneChainWithoutLocks(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	must(t, node(t, address).Check(t.Context()))
	writeConcurrently(t, openWithoutLockTable(t, address), openWithoutLockTable(t, address))
}

func TestNodesReadWritesOfOtherNodes(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	one, two := node(t, address), node(t, address)
	for i := range 20 {
		name := fmt.Sprint("user", i)
		if got := user(t, two, mustAdd(t, one, name)); got.Username != name {
			t.Errorf("got %q, want %q", got.Username, name)
		}
	}
}

func TestOneNodeMigratesAndTheOthersWait(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	first := otherSession(t, address)
	must(t, first("SELECT pg_advisory_lock($1)", int64(migrationLock)))
	opened := make(chan error, 4)
	for range cap(opened) {
		go func() {
			s, err := Open(context.Background(), address, Options{})
			if err == nil {
				err = s.Close()
			}
			opened <- err
		}()
	}
	time.Sleep(200 * time.Millisecond)
	if n := len(opened); n > 0 {
		t.Errorf("%d nodes did not wait while another was bringing the tables up to date", n)
	}
	must(t, first("SELECT pg_advisory_unlock($1)", int64(migrationLock)))
	for range cap(opened) {
		must(t, <-opened)
	}
	once := `DO $$ BEGIN ASSERT (SELECT count(*) FROM goose_db_version WHERE version_id = 1) = 1; END $$`
	must(t, first(once))
}

func TestWaitForAMigrationEndsWithItsContext(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	holder := otherSession(t, address)
	must(t, holder("SELECT pg_advisory_lock($1)", int64(migrationLock)))
	ctx, cancel := context.WithCancel(t.Context())
	opened := make(chan error, 1)
	go func() {
		_, err := Open(ctx, address, Options{})
		opened <- err
	}()
	waits := `EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
		WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted)`
	eventually(t, address, waits)
	cancel()
	if err := <-opened; err == nil || !strings.Contains(err.Error(), "wait for another node") {
		t.Errorf("got %v, want it to give up waiting", err)
	}
}

// limitedNode opens a node with a time limit. The tables exist already, because migrations may take
// longer than the limit on a busy machine.
func limitedNode(t *testing.T, address, parameter, limit string) *store {
	t.Helper()
	must(t, node(t, address).Close())
	return node(t, pgtest.With(t, address, parameter, limit))
}

func TestWaitForTheLockTimesOut(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t) // a separate one, which does not wait for other migrations
	s, other := limitedNode(t, address, "lock_timeout", "3s"), otherSession(t, address)
	must(t, other("BEGIN"), other(lockForWriting))
	_, err := addUser(s, "ada")
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "the database is busy") {
		t.Errorf("got %v, want it to say that the database is busy", err)
	}
	must(t, s.Read(t.Context(), func(tx model.Reader) error {
		_, _, err := tx.EventHead() // reads do not wait for the lock
		return err
	}))
	must(t, other("COMMIT"))
	mustAdd(t, s, "ada")
}

func TestStatementsHaveATimeLimit(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t) // a separate one, which does not wait for other migrations
	id := mustAdd(t, node(t, address), "ada")
	s, other := limitedNode(t, address, "statement_timeout", "3s"), otherSession(t, address)
	must(t, other("BEGIN"), other("SELECT * FROM users FOR UPDATE"))
	err := s.Update(t.Context(), func(tx model.Writer) error { return tx.DropUser(id) })
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "this took too long") {
		t.Errorf("got %v, want it to say that this took too long", err)
	}
	must(t, other("COMMIT"), s.Update(t.Context(), func(tx model.Writer) error { return tx.DropUser(id) }))
}

// A node that stops while it holds the write lock loses the lock, and retries its update when it
// continues.
func TestPausedNodeLosesItsLock(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t) // a separate one, which does not wait for other migrations
	paused, other := limitedNode(t, address, "idle_in_transaction_session_timeout", "3s"), node(t, address)
	runs := 0
	must(t, paused.Update(t.Context(), func(tx model.Writer) error {
		u := model.User{UID: "ada", Username: "ada", State: model.Active}
		if err := tx.AddUser(&u); err != nil {
			return err
		}
		if runs++; runs == 1 {
			mustAdd(t, other, "bea") // waits until the lock was released
		}
		return record(tx, u.ID)
	}))
	if runs != 2 {
		t.Errorf("ran %d times, want twice", runs)
	}
}
