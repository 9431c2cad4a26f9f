package storetest

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func transactionTests() []contractTest {
	return []contractTest{
		{"a failed update changes nothing", failedUpdate},
		{"an update that panics changes nothing and panics in its caller", panickingUpdate},
		{"an update whose goroutine exits changes nothing and blocks no other", endedUpdate},
		{"a transaction cannot commit after a failed write", overlookedFailure},
		{"a read transaction sees one snapshot", oneSnapshot},
		{"expensive reads that do not end delay no other read and no update", expensiveReads},
		{"an update reads what it wrote", ownWrites},
		{"an error of the caller is returned unchanged", ownError},
		{"a cancelled update does not start", cancelledUpdate},
		{"an update that is cancelled midway changes nothing", cancelledMidway},
		{"a transaction cannot be used after its end", usedAfterEnd},
		{"an undamaged store passes its check", checkedStore},
		{"a closed store returns errors", closedStore},
	}
}

var errOwn = errors.New("the caller's own")

func failedUpdate(f fixture) {
	err := f.failedUpdate(func(tx model.Writer) error {
		if _, err := addUser(tx, newUser("ada"), "ada@example.org"); err != nil {
			return err
		}
		return errOwn
	})
	if !errors.Is(err, errOwn) {
		f.Errorf("got %v, want the caller's own error", err)
	}
	f.wantNoTrace()
}

func (f fixture) wantNoTrace() {
	f.Helper()
	wantNotFound(f, "user", func(tx model.Reader) (model.User, error) { return tx.UserByUsername("ada") })
	wantNotFound(f, "address", func(tx model.Reader) (model.User, error) { return tx.UserByEmail("ada@example.org") })
	f.user("ada") // the username and the address are not taken
}

func panickingUpdate(f fixture) {
	func() {
		defer func() {
			if recover() != "no further" {
				f.Error("the panic did not reach the caller")
			}
		}()
		_ = f.store.Update(context.Background(), func(tx model.Writer) error {
			_, err := addUser(tx, newUser("ada"), "ada@example.org")
			if err != nil {
				return err
			}
			panic("no further")
		})
	}()
	f.wantNoTrace()
}

func endedUpdate(f fixture) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = f.store.Update(context.Background(), func(tx model.Writer) error {
			_, err := addUser(tx, newUser("ada"), "ada@example.org")
			if err != nil {
				return err
			}
			runtime.Goexit()
			return nil
		})
	}()
	<-ended
	f.wantNoTrace()
}

func overlookedFailure(f fixture) {
	f.user("ada")
	bea := newUser("bea")
	err := f.failedUpdate(func(tx model.Writer) error {
		if err := tx.AddUser(&bea); err != nil {
			return err
		}
		again := newUser("ada")
		again.UID = "another"
		f.wantConflict(tx.AddUser(&again), "username")
		return nil
	})
	f.wantKind(err, fault.Conflict)
	wantNotFound(f, "bea", func(tx model.Reader) (model.User, error) { return tx.UserByUsername("bea") })
}

func oneSnapshot(f fixture) {
	f.user("ada")
	err := f.store.Read(context.Background(), func(tx model.Reader) error {
		if _, err := tx.UserByUsername("ada"); err != nil {
			return err
		}
		f.user("bea")
		_, err := tx.UserByUsername("bea")
		f.wantKind(err, fault.NotFound)
		page, err := tx.Users(model.UserFilter{}, model.Visibility{All: true})
		f.wantEqual("users in the snapshot", page.Total, 1)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	page := readValue(f, userPage)
	f.wantEqual("users afterwards", page.Total, 2)
}

// expensiveReads starts as many reads of the class as the store runs at once, and
// more that wait.
func expensiveReads(f fixture) {
	ada := f.user("ada")
	hold, begun := make(chan struct{}), make(chan struct{}, 64)
	var all sync.WaitGroup
	for range cap(begun) {
		all.Go(func() {
			ctx := admission.Mark(context.Background(), admission.ExpensiveReads)
			err := f.store.Read(ctx, func(tx model.Reader) error {
				begun <- struct{}{}
				<-hold
				_, err := tx.User(ada.ID)
				return err
			})
			if err != nil {
				f.Error(err)
			}
		})
	}
	<-begun
	for range 32 {
		f.wantUser(ada)
	}
	bea := f.user("bea")
	f.wantUser(bea)
	close(hold)
	all.Wait()
}

func userPage(tx model.Reader) (model.Page[model.UserID], error) {
	return tx.Users(model.UserFilter{}, model.Visibility{All: true})
}

// allUsers reads all users with all their fields.
func allUsers(tx model.Reader) ([]model.User, error) {
	page, err := userPage(tx)
	if err != nil {
		return nil, err
	}
	return tx.UsersByID(page.Items)
}

func ownWrites(f fixture) {
	f.update(func(tx model.Writer) error {
		u, err := addUser(tx, newUser("ada"), "ada@example.org")
		if err != nil {
			return err
		}
		got, err := tx.UserByEmail("ada@example.org")
		f.wantEqual("user", got, u)
		return err
	})
}

func ownError(f fixture) {
	own := &fault.Error{Kind: fault.Forbidden, Msg: "no"}
	err := f.failedUpdate(func(model.Writer) error { return own })
	if err != own {
		f.Errorf("update returned %#v, want the very error", err)
	}
	err = f.store.Read(context.Background(), func(model.Reader) error { return own })
	if err != own {
		f.Errorf("view returned %#v, want the very error", err)
	}
}

func cancelledUpdate(f fixture) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := f.store.Update(ctx, func(model.Writer) error {
		f.Error("the update ran")
		return nil
	})
	f.wantKind(err, fault.Unavailable)
	if !errors.Is(err, context.Canceled) {
		f.Errorf("got %v, want it to wrap context.Canceled", err)
	}
}

func cancelledMidway(f fixture) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err := f.store.Update(ctx, func(tx model.Writer) error {
		_, err := addUser(tx, newUser("ada"), "ada@example.org")
		cancel()
		if _, late := tx.UserByUsername("ada"); late == nil {
			f.Error("a statement ran after the context was cancelled")
		}
		return err
	})
	f.wantKind(err, fault.Unavailable)
	f.wantNoTrace()
}

func usedAfterEnd(f fixture) {
	var reader model.Reader
	var writer model.Writer
	f.read(func(tx model.Reader) error { reader = tx; return nil })
	f.update(func(tx model.Writer) error { writer = tx; return nil })
	if _, err := reader.Organizations(0, 0); err == nil {
		f.Error("a reader worked after its view")
	}
	if err := writer.DropUser(1); err == nil {
		f.Error("a writer worked after its update")
	}
}

func checkedStore(f fixture) {
	f.join(f.organization("Analytical Engines"), f.user("ada"), model.RoleAdmin)
	if err := f.store.Check(context.Background()); err != nil {
		f.Error(err)
	}
}

func closedStore(f fixture) {
	f.user("ada")
	if err := f.store.Close(); err != nil {
		f.Fatal(err)
	}
	err := f.store.Update(context.Background(), func(model.Writer) error { return nil })
	f.wantKind(err, fault.Unavailable)
	err = f.store.Read(context.Background(), func(model.Reader) error { return nil })
	f.wantKind(err, fault.Unavailable)
	if err := f.store.Close(); err != nil {
		f.Errorf("closing once more: %v", err)
	}
}
