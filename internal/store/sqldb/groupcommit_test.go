package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	_ "modernc.org/sqlite"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testStore is a store with one table, which tests write directly.
type testStore struct {
	*testing.T
	*Store
	db *sql.DB
}

func newTestStore(t *testing.T) testStore {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "notes.db")+"?_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), `CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT,
		follows BIGINT REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED)`)
	if err != nil {
		t.Fatal(err)
	}
	engine := Engine{
		BeginView: "BEGIN", BeginUpdate: "BEGIN IMMEDIATE", Classify: func(error) DriverError { return DriverError{} },
		In: func(placeholder string) string { return "= " + placeholder }, List: func(values []int64) any { return values[0] },
	}
	n := testStore{t, New(engine, db, db, Pools{Readers: 2}), db}
	n.writer.maxAge = time.Hour // so that no batch times out on a busy machine
	t.Cleanup(func() {
		if err := errors.Join(n.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	return n
}

func insertRow(text string) func(model.Writer) error {
	return func(tx model.Writer) error { return write(tx, `INSERT INTO notes (text) VALUES ($1)`, text) }
}

func write(tx model.Writer, query string, args ...any) error {
	return tx.(*writer).put("note", query, args...)
}

// countRows returns the number of committed rows.
func (n testStore) countRows() int {
	n.Helper()
	var count int
	if err := n.db.QueryRow(`SELECT count(*) FROM notes`).Scan(&count); err != nil {
		n.Fatal(err)
	}
	return count
}

// updateConcurrently runs first; meanwhile the others wait for the lock in their order. It returns all
// errors.
func (n testStore) updateConcurrently(first func(model.Writer) error, others ...func(model.Writer) error) []error {
	n.Helper()
	errs := make([]error, 1+len(others))
	running, release := make(chan struct{}), make(chan struct{})
	var once, group = sync.Once{}, sync.WaitGroup{}
	group.Go(func() {
		errs[0] = n.Update(context.Background(), func(tx model.Writer) error {
			once.Do(func() {
				close(running)
				<-release
			})
			return first(tx)
		})
	})
	<-running
	for i, other := range others {
		group.Go(func() { errs[i+1] = n.Update(context.Background(), other) })
		for n.writer.waiting.Load() <= int64(i) {
			time.Sleep(time.Millisecond)
		}
	}
	close(release)
	group.Wait()
	return errs
}

func (n testStore) wantAll(errs []error) {
	n.Helper()
	if err := errors.Join(errs...); err != nil {
		n.Fatal(err)
	}
}

func TestConcurrentUpdatesShareACommit(t *testing.T) {
	t.Parallel()
	n := newTestStore(t)
	n.wantAll(n.updateConcurrently(insertRow("one"), func(tx model.Writer) error {
		if got := n.countRows(); got != 0 {
			t.Errorf("%d rows were committed before all had written, want 0", got)
		}
		return insertRow("two")(tx)
	}))
	if got := n.countRows(); got != 2 {
		t.Errorf("%d rows were committed, want 2", got)
	}
}

func TestUpdatesReturnAfterTheCommit(t *testing.T) {
	t.Parallel()
	n := newTestStore(t)
	var counts []int
	count := func(tx model.Writer) error {
		err := insertRow("x")(tx)
		counts = append(counts, n.countRows())
		return err
	}
	others := make([]func(model.Writer) error, 0, 2*maxUpdates)
	for range cap(others) {
		others = append(others, count)
	}
	n.wantAll(n.updateConcurrently(insertRow("first"), others...))
	for i, committed := range counts {
		if committed > i+1 {
			t.Errorf("before number %d had ended %d were committed", i+1, committed)
		}
	}
	if last := counts[len(counts)-1]; last == 0 {
		t.Error("a batch has no bound: nothing was committed before the last had written")
	}
}

func TestFailedUpdateDoesNotAffectItsBatch(t *testing.T) {
	t.Parallel()
	n := newTestStore(t)
	refuse := errors.New("no")
	errs := n.updateConcurrently(insertRow("one"), func(tx model.Writer) error {
		return errors.Join(insertRow("two")(tx), refuse)
	}, insertRow("three"))
	if errs[0] != nil || !errors.Is(errs[1], refuse) || errs[2] != nil {
		t.Errorf("got %v, want only the second to fail", errs)
	}
	if got := n.countRows(); got != 2 {
		t.Errorf("got %d rows, want 2", got)
	}
}

// SQLite rolls back the whole transaction if, for example, the disk is full.
func TestOtherUpdatesRunAgainIfTheirBatchFails(t *testing.T) {
	t.Parallel()
	n := newTestStore(t)
	broken := errors.New("broken")
	errs := n.updateConcurrently(insertRow("one"), func(tx model.Writer) error {
		return errors.Join(tx.(*writer).conn.do("ROLLBACK"), broken)
	}, insertRow("three"))
	if errs[0] != nil || !errors.Is(errs[1], broken) || errs[2] != nil {
		t.Errorf("got %v, want only the second to fail", errs)
	}
	if got := n.countRows(); got != 2 {
		t.Errorf("got %d rows, want 2", got)
	}
}

// A transaction that began before another commit does not see its changes.
func TestClosedBatchAcceptsNoUpdates(t *testing.T) {
	t.Parallel()
	n := newTestStore(t)
	overtaken := errors.New("overtaken")
	n.writer.engine.Classify = func(err error) DriverError { return DriverError{Retryable: errors.Is(err, overtaken)} }
	n.engine = n.writer.engine
	var stale *batch
	runs := 0
	errs := n.updateConcurrently(func(tx model.Writer) error {
		if runs++; runs == 1 {
			stale = n.writer.open
			return overtaken
		}
		return insertRow("one")(tx)
	}, func(tx model.Writer) error {
		if n.writer.open == stale {
			t.Error("joined a batch whose snapshot was overtaken")
		}
		return insertRow("two")(tx)
	})
	n.wantAll(errs)
	if got := n.countRows(); got != 2 || runs != 2 {
		t.Errorf("%d rows after %d runs, want 2 and 2", got, runs)
	}
}

func TestFailedCommitIsReturnedToAllUpdates(t *testing.T) {
	t.Parallel()
	n := newTestStore(t)
	errs := n.updateConcurrently(insertRow("one"), func(tx model.Writer) error {
		return write(tx, `INSERT INTO notes (follows) VALUES (99)`) // checked at the commit
	})
	if errs[0] == nil || errs[1] == nil {
		t.Errorf("got %v, want both to fail", errs)
	}
	if got := n.countRows(); got != 0 {
		t.Errorf("got %d rows, want none", got)
	}
	n.wantAll([]error{n.Update(t.Context(), insertRow("afterwards"))})
}

func TestOnlyUpdateOfABatchCanBeCancelled(t *testing.T) {
	t.Parallel()
	n := newTestStore(t)
	cancelled, cancel := context.WithCancel(t.Context())
	var cancelledErr error
	var group sync.WaitGroup
	n.wantAll([]error{n.Update(t.Context(), func(tx model.Writer) error {
		group.Go(func() { cancelledErr = n.Update(cancelled, insertRow("never")) })
		for n.writer.waiting.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
		group.Wait()
		return insertRow("one")(tx)
	})})
	if fault.KindOf(cancelledErr) != fault.Unavailable {
		t.Errorf("got %v, want unavailable", cancelledErr)
	}
	if got := n.countRows(); got != 1 {
		t.Errorf("got %d rows, want 1", got)
	}
}

func TestStatementsOfAConnectionAreBounded(t *testing.T) {
	t.Parallel()
	n := newTestStore(t)
	n.wantAll([]error{n.Update(t.Context(), func(tx model.Writer) error {
		for i := range 2*maxStatements + 10 {
			if err := write(tx, fmt.Sprintf(`INSERT INTO notes (text) VALUES ('%d')`, i)); err != nil {
				return err
			}
			if kept := len(tx.(*writer).conn.statements); kept > maxStatements {
				return fmt.Errorf("%d statements are kept", kept)
			}
		}
		return nil
	})})
}
