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

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// notebook is a store of one table, to write to directly.
type notebook struct {
	*testing.T
	*Store
	db *sql.DB
}

func newNotebook(t *testing.T) notebook {
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
	n := notebook{t, New(engine, db, db, Pools{Readers: 2}), db}
	n.writer.maxAge = time.Hour // so that no batch ends because the machine was busy
	t.Cleanup(func() {
		if err := errors.Join(n.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	return n
}

func note(text string) func(directory.Writer) error {
	return func(tx directory.Writer) error { return write(tx, `INSERT INTO notes (text) VALUES ($1)`, text) }
}

func write(tx directory.Writer, query string, args ...any) error {
	return tx.(*writer).put("note", query, args...)
}

// notes counts what was committed.
func (n notebook) notes() int {
	n.Helper()
	var count int
	if err := n.db.QueryRow(`SELECT count(*) FROM notes`).Scan(&count); err != nil {
		n.Fatal(err)
	}
	return count
}

// together runs first, and while it runs has the others wait for their turn, in
// their order. It returns the errors of all.
func (n notebook) together(first func(directory.Writer) error, others ...func(directory.Writer) error) []error {
	n.Helper()
	errs := make([]error, 1+len(others))
	running, release := make(chan struct{}), make(chan struct{})
	var once, group = sync.Once{}, sync.WaitGroup{}
	group.Go(func() {
		errs[0] = n.Update(context.Background(), func(tx directory.Writer) error {
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

func (n notebook) wantAll(errs []error) {
	n.Helper()
	if err := errors.Join(errs...); err != nil {
		n.Fatal(err)
	}
}

func TestConcurrentUpdatesShareACommit(t *testing.T) {
	t.Parallel()
	n := newNotebook(t)
	n.wantAll(n.together(note("one"), func(tx directory.Writer) error {
		if got := n.notes(); got != 0 {
			t.Errorf("%d notes were committed before all had written, want 0", got)
		}
		return note("two")(tx)
	}))
	if got := n.notes(); got != 2 {
		t.Errorf("%d notes were committed, want 2", got)
	}
}

func TestUpdatesReturnAfterTheCommit(t *testing.T) {
	t.Parallel()
	n := newNotebook(t)
	var counts []int
	count := func(tx directory.Writer) error {
		err := note("x")(tx)
		counts = append(counts, n.notes())
		return err
	}
	others := make([]func(directory.Writer) error, 0, 2*maxUpdates)
	for range cap(others) {
		others = append(others, count)
	}
	n.wantAll(n.together(note("first"), others...))
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
	n := newNotebook(t)
	refuse := errors.New("no")
	errs := n.together(note("one"), func(tx directory.Writer) error {
		return errors.Join(note("two")(tx), refuse)
	}, note("three"))
	if errs[0] != nil || !errors.Is(errs[1], refuse) || errs[2] != nil {
		t.Errorf("got %v, want only the second to fail", errs)
	}
	if got := n.notes(); got != 2 {
		t.Errorf("got %d notes, want 2", got)
	}
}

// SQLite ends the transaction of all when, for instance, the disk is full.
func TestOtherUpdatesRunAgainIfTheirBatchFails(t *testing.T) {
	t.Parallel()
	n := newNotebook(t)
	broken := errors.New("broken")
	errs := n.together(note("one"), func(tx directory.Writer) error {
		return errors.Join(tx.(*writer).conn.do("ROLLBACK"), broken)
	}, note("three"))
	if errs[0] != nil || !errors.Is(errs[1], broken) || errs[2] != nil {
		t.Errorf("got %v, want only the second to fail", errs)
	}
	if got := n.notes(); got != 2 {
		t.Errorf("got %d notes, want 2", got)
	}
}

// What an overtaken transaction sees stays old until it ends.
func TestClosedBatchAcceptsNoUpdates(t *testing.T) {
	t.Parallel()
	n := newNotebook(t)
	overtaken := errors.New("overtaken")
	n.writer.engine.Classify = func(err error) DriverError { return DriverError{Retryable: errors.Is(err, overtaken)} }
	n.engine = n.writer.engine
	var stale *batch
	runs := 0
	errs := n.together(func(tx directory.Writer) error {
		if runs++; runs == 1 {
			stale = n.writer.open
			return overtaken
		}
		return note("one")(tx)
	}, func(tx directory.Writer) error {
		if n.writer.open == stale {
			t.Error("joined a batch whose snapshot was overtaken")
		}
		return note("two")(tx)
	})
	n.wantAll(errs)
	if got := n.notes(); got != 2 || runs != 2 {
		t.Errorf("%d notes after %d runs, want 2 and 2", got, runs)
	}
}

func TestFailedCommitIsReturnedToAllUpdates(t *testing.T) {
	t.Parallel()
	n := newNotebook(t)
	errs := n.together(note("one"), func(tx directory.Writer) error {
		return write(tx, `INSERT INTO notes (follows) VALUES (99)`) // is checked at the commit
	})
	if errs[0] == nil || errs[1] == nil {
		t.Errorf("got %v, want both to fail", errs)
	}
	if got := n.notes(); got != 0 {
		t.Errorf("got %d notes, want none", got)
	}
	n.wantAll([]error{n.Update(t.Context(), note("afterwards"))})
}

func TestOnlyUpdateOfABatchCanBeCancelled(t *testing.T) {
	t.Parallel()
	n := newNotebook(t)
	impatient, cancel := context.WithCancel(t.Context())
	var gaveUp error
	var group sync.WaitGroup
	n.wantAll([]error{n.Update(t.Context(), func(tx directory.Writer) error {
		group.Go(func() { gaveUp = n.Update(impatient, note("never")) })
		for n.writer.waiting.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
		group.Wait()
		return note("one")(tx)
	})})
	if fault.KindOf(gaveUp) != fault.Unavailable {
		t.Errorf("got %v, want unavailable", gaveUp)
	}
	if got := n.notes(); got != 1 {
		t.Errorf("got %d notes, want 1", got)
	}
}

func TestStatementsOfAConnectionAreBounded(t *testing.T) {
	t.Parallel()
	n := newNotebook(t)
	n.wantAll([]error{n.Update(t.Context(), func(tx directory.Writer) error {
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
