package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/postgres/pgtest"
	"roster.example/roster/internal/store/sqldb"
)

// openWithEngine opens a node with changes to the engine of Open.
func openWithEngine(t testing.TB, address string, change func(*sqldb.Engine)) *store {
	t.Helper()
	link, err := parse(address)
	if err != nil {
		t.Fatal(err)
	}
	e := engine(true)
	change(&e)
	s := &store{read: link.openForReading(3), write: link.openForWriting()}
	s.Store = sqldb.New(e, s.read, s.write, sqldb.Pools{Readers: 2})
	closeAtEnd(t, s)
	return s
}

// openWithoutLockTable opens a node as on an engine without LOCK TABLE.
func openWithoutLockTable(t testing.TB, address string) *store {
	t.Helper()
	return openWithEngine(t, address, func(e *sqldb.Engine) { e.BeginUpdate = engine(false).BeginUpdate })
}

// otherSession opens a session that writes without the lock.
func otherSession(t testing.TB, address string) func(statement string, args ...any) error {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return func(statement string, args ...any) error {
		_, err := conn.Exec(context.Background(), statement, args...)
		return err
	}
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func user(t testing.TB, s model.Store, id model.UserID) (u model.User) {
	t.Helper()
	must(t, s.Read(context.Background(), func(tx model.Reader) (err error) {
		u, err = tx.User(id)
		return err
	}))
	return u
}

// removeAdmin removes the administrator flag of a user if another administrator remains. It calls asked between the
// read and the write.
func removeAdmin(s model.Store, id model.UserID, asked func()) error {
	return s.Update(context.Background(), func(tx model.Writer) error {
		n, err := tx.ActiveAdmins()
		if err != nil {
			return err
		}
		if n < 2 {
			return errLastAdmin
		}
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		asked()
		u.Admin = false
		return tx.ChangeUser(u)
	})
}

var errLastAdmin = errors.New("nobody would be left")

func admins(t testing.TB, s model.Store, names ...string) (ids []model.UserID) {
	t.Helper()
	for _, name := range names {
		u := model.User{UID: name, Username: name, State: model.Active, Admin: true}
		must(t, s.Update(context.Background(), func(tx model.Writer) error { return tx.AddUser(&u) }))
		ids = append(ids, u.ID)
	}
	return ids
}

// Two nodes run at once, each reads before the other writes, and they write different
// rows. Only serializable isolation detects the conflict.
func TestOneOfTwoAdministratorsRemainsAfterChangesOnTwoNodes(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	ids := admins(t, node(t, address), "ada", "bea")
	var meeting, group sync.WaitGroup
	meeting.Add(2)
	errs, runs := make([]error, 2), make([]int, 2)
	for i, id := range ids {
		s := openWithoutLockTable(t, address)
		group.Go(func() {
			errs[i] = removeAdmin(s, id, func() {
				if runs[i]++; runs[i] == 1 {
					meeting.Done()
					meeting.Wait()
				}
			})
		})
	}
	group.Wait()
	if failed := errors.Join(errs...); !errors.Is(failed, errLastAdmin) || errs[0] != nil && errs[1] != nil {
		t.Errorf("got %v, want one to be refused as the last", errs)
	}
	left := 0
	for _, id := range ids {
		if user(t, node(t, address), id).Admin {
			left++
		}
	}
	if left != 1 || runs[0] != 1 || runs[1] != 1 {
		t.Errorf("%d administrators are left, and they asked %v times; want one, and the question of the second run to be answered by the count", left, runs)
	}
}

// With the write lock the second node begins after the first has ended, so
// no update is retried.
func TestUpdatesOfTwoNodesRunOneAfterTheOther(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	ids := admins(t, node(t, address), "ada", "bea", "cid")
	one, two := node(t, address), node(t, address)
	second := make(chan error, 1)
	var runs atomic.Int64
	must(t, removeAdmin(one, ids[0], func() {
		if len(second) > 0 || runs.Load() > 0 {
			return // a retry, which is counted below
		}
		go func() { second <- removeAdmin(two, ids[1], func() { runs.Add(1) }) }()
		time.Sleep(100 * time.Millisecond)
		if len(second) > 0 || runs.Load() > 0 {
			t.Error("the second node did not wait")
		}
	}))
	must(t, <-second)
	if runs.Load() != 1 {
		t.Errorf("the second node ran %d times, want once", runs.Load())
	}
	if err := removeAdmin(two, ids[2], func() {}); !errors.Is(err, errLastAdmin) {
		t.Errorf("got %v, want the last administrator to stay", err)
	}
}

// The other session changes the row between our read and our write.
func TestUpdateWithASerializationFailureIsRetried(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	s, other := node(t, address), otherSession(t, address)
	id := mustAdd(t, s, "ada")
	var seen []string
	must(t, s.Update(t.Context(), func(tx model.Writer) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		seen = append(seen, u.Company)
		if len(seen) == 1 {
			must(t, other("UPDATE users SET company = 'Analytical Engines' WHERE id = $1", int64(id)))
		}
		u.Bio = "wrote the first one"
		if tx.ChangeUser(u) != nil {
			return errors.New("whatever the caller makes of it")
		}
		return record(tx, id)
	}))
	if got := user(t, s, id); got.Company != "Analytical Engines" || got.Bio != "wrote the first one" {
		t.Errorf("a change was lost: %+v", got)
	}
	if strings.Join(seen, "|") != "|Analytical Engines" {
		t.Errorf("saw %q, want the second run to see what the other wrote", seen)
	}
}

// A retry of one update in a group commit does not lose the others.
func TestRetryInAGroupCommitKeepsTheOtherUpdates(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	s, other := node(t, address), otherSession(t, address)
	id := mustAdd(t, s, "ada")
	var group sync.WaitGroup
	overtaken := 0
	errs := make([]error, 33)
	group.Go(func() {
		errs[32] = s.Update(context.Background(), func(tx model.Writer) error {
			u, err := tx.User(id)
			if err != nil {
				return err
			}
			if overtaken++; overtaken <= 3 {
				must(t, other("UPDATE users SET company = company || '+' WHERE id = $1", int64(id)))
			}
			u.Bio = "x"
			return tx.ChangeUser(u)
		})
	})
	for i := range 32 {
		group.Go(func() { _, errs[i] = addUser(s, fmt.Sprint("user", i)) })
	}
	group.Wait()
	must(t, errs...)
	var users, events int
	must(t, s.Read(t.Context(), func(tx model.Reader) error {
		page, err := tx.Users(model.UserFilter{}, model.Visibility{All: true})
		if err != nil {
			return err
		}
		head, _, err := tx.EventHead()
		users, events = page.Total, int(head)
		return err
	}))
	if users != 33 || events != 33 || overtaken != 4 || user(t, s, id).Company != "+++" {
		t.Errorf("%d users, %d events, %d runs; want 33, 33, 4", users, events, overtaken)
	}
}

// The update locks bea and then ada, the other session ada and then bea. PostgreSQL
// cancels the session whose deadlock_timeout ends first; that of the other session is longer.
func TestDeadlockIsRetried(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	s, other := node(t, address+"&deadlock_timeout=50ms"), otherSession(t, address+"&deadlock_timeout=1min")
	ids := admins(t, s, "ada", "bea")
	must(t, other("SET application_name = 'patient'"), other("BEGIN"), other("UPDATE users SET company = 'x' WHERE id = $1", int64(ids[0])))
	done := make(chan error, 1)
	runs := 0
	must(t, s.Update(t.Context(), func(tx model.Writer) error {
		bea, err := tx.User(ids[1])
		if err != nil {
			return err
		}
		bea.Bio = "x"
		if err := tx.ChangeUser(bea); err != nil {
			return err
		}
		if runs++; runs == 1 {
			go func() {
				done <- errors.Join(other("UPDATE users SET company = 'x' WHERE id = $1", int64(ids[1])), other("COMMIT"))
			}()
			// Each session checks for a deadlock once, so the other one must wait first.
			eventually(t, address, `EXISTS (SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
				WHERE NOT l.granted AND a.application_name = 'patient')`)
		}
		ada, err := tx.User(ids[0])
		if err != nil {
			return err
		}
		ada.Bio = "x"
		return tx.ChangeUser(ada)
	}), <-done)
	for _, id := range ids {
		if u := user(t, s, id); u.Bio != "x" || u.Company != "x" {
			t.Errorf("a change was lost: %+v", u)
		}
	}
	if runs < 2 {
		t.Errorf("ran %d times: there was no deadlock", runs)
	}
}

// updateWithConflicts runs an update of which every attempt fails.
func updateWithConflicts(ctx context.Context, t *testing.T, s model.Store, address string, each func()) (runs int, err error) {
	id := mustAdd(t, s, "ada")
	other := otherSession(t, address)
	err = s.Update(ctx, func(tx model.Writer) error {
		runs++
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		must(t, other("UPDATE users SET company = $1 WHERE id = $2", fmt.Sprint(runs), int64(id)))
		each()
		return tx.ChangeUser(u)
	})
	return runs, err
}

func TestRetriesAreLimited(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	runs, err := updateWithConflicts(t.Context(), t, node(t, address), address, func() {})
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "the database is busy; try again") {
		t.Errorf("got %v, want it to say that the database is busy", err)
	}
	if runs < 5 || runs > 50 {
		t.Errorf("ran %d times", runs)
	}
}

func TestCancelledContextEndsTheRetries(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	ctx, cancel := context.WithCancel(t.Context())
	runs, err := updateWithConflicts(ctx, t, node(t, address), address, cancel)
	if fault.KindOf(err) != fault.Unavailable || runs != 1 {
		t.Errorf("got %v after %d runs, want unavailable after one", err, runs)
	}
}
