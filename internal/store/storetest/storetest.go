// Package storetest holds the promises that every [directory.Store] keeps, so
// that the engines agree and the directory's rules can rely on them. Each promise
// is a sentence with a check; a store runs them all, on a store of its own each.
package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

// Opener opens an empty store and closes it when the test has ended.
type Opener func(t *testing.T) directory.Store

// A promise is a sentence about stores that check finds true.
type promise struct {
	sentence string
	check    func(t fixture)
}

// Run checks every promise that needs no reopening; see [RunReopen] for the rest.
func Run(t *testing.T, open Opener) {
	all := slices.Concat(
		transactionPromises(), racePromises(), userPromises(), listingPromises(), orderPromises(), searchPromises(), organizationPromises(),
		projectPromises(), credentialPromises(), invitationPromises(), waitingPromises(), eventPromises(), mailPromises(), deletionPromises(), bulkPromises(),
		eventSearchPromises(), webhookPromises(), answerPromises(), conditionPromises(), reservedNamePromises(), addressPromises(),
	)
	for _, p := range all {
		t.Run(p.sentence, func(t *testing.T) {
			t.Parallel()
			p.check(fixture{T: t, store: open(t)})
		})
	}
}

// fixture is a test with a store.
type fixture struct {
	*testing.T
	store directory.Store
}

// moment is a time with microseconds.
func moment() time.Time { return time.Date(2026, 3, 1, 12, 30, 15, 123456000, time.UTC) }

func (f fixture) update(fn func(tx directory.Writer) error) {
	f.Helper()
	if err := f.store.Update(context.Background(), fn); err != nil {
		f.Fatalf("update: %v", err)
	}
}

// refused runs an update that must fail, and returns its error.
func (f fixture) refused(fn func(tx directory.Writer) error) error {
	f.Helper()
	err := f.store.Update(context.Background(), fn)
	if err == nil {
		f.Fatal("update succeeded, want an error")
	}
	return err
}

// view has fn look in every way that there is: whatever a store remembers is held
// against the same promises. What is asked for the second time comes from there.
func (f fixture) view(fn func(tx directory.Reader) error) {
	f.Helper()
	for _, look := range f.looks() {
		if err := look(context.Background(), fn); err != nil {
			f.Fatalf("view: %v", err)
		}
	}
}

func (f fixture) looks() []func(context.Context, func(directory.Reader) error) error {
	return []func(context.Context, func(directory.Reader) error) error{f.store.Read, f.store.ReadCached, f.store.ReadCached}
}

// read gives what fn reads in a view of its own.
func read[T any](f fixture, fn func(tx directory.Reader) (T, error)) T {
	f.Helper()
	var got T
	f.view(func(tx directory.Reader) (err error) {
		got, err = fn(tx)
		return err
	})
	return got
}

// missing wants that fn finds nothing.
func missing[T any](f fixture, what string, fn func(tx directory.Reader) (T, error)) {
	f.Helper()
	for _, look := range f.looks() {
		err := look(context.Background(), func(tx directory.Reader) error {
			_, err := fn(tx)
			return err
		})
		if fault.KindOf(err) != fault.NotFound {
			f.Errorf("%s: got %v, want not found", what, err)
		}
	}
}

func (f fixture) same(what string, got, want any) {
	f.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// wantConflict wants a Conflict that names field as taken.
func (f fixture) wantConflict(err error, field string) {
	f.Helper()
	if fault.KindOf(err) != fault.Conflict || !fault.Has(err, field, fault.Taken) {
		f.Errorf("got %v (%v), want a conflict about %s", err, fault.KindOf(err), field)
	}
}

func (f fixture) wantKind(err error, want fault.Kind) {
	f.Helper()
	if got := fault.KindOf(err); got != want {
		f.Errorf("got %v (%v), want %v", err, got, want)
	}
}

// newUser is an active person, told apart by name.
func newUser(name string) directory.User {
	return directory.User{
		UID: fmt.Sprintf("%-17.17s", name), Username: name, Names: directory.Names{Name: name},
		State: directory.Active, Limits: directory.DefaultLimits(), CreatedAt: moment(), UpdatedAt: moment(),
	}
}

// addUser adds a person with a primary address.
func addUser(tx directory.Writer, u directory.User, address string) (directory.User, error) {
	if err := tx.AddUser(&u); err != nil {
		return u, err
	}
	e := directory.Email{User: u.ID, Address: address, Primary: true, CreatedAt: moment()}
	err := tx.AddEmail(&e)
	u.Emails = []directory.Email{e}
	return u, err
}

func (f fixture) user(name string) directory.User {
	f.Helper()
	var u directory.User
	f.update(func(tx directory.Writer) (err error) {
		u, err = addUser(tx, newUser(name), name+"@example.org")
		return err
	})
	return u
}

func (f fixture) organization(name string) directory.Organization {
	f.Helper()
	o := directory.Organization{Name: name, Slug: directory.Slug(name), Default: directory.RoleMember, CreatedAt: moment(), UpdatedAt: moment()}
	f.update(func(tx directory.Writer) error { return tx.AddOrganization(&o) })
	return o
}

func (f fixture) join(o directory.Organization, u directory.User, role directory.RoleID) {
	f.Helper()
	f.update(func(tx directory.Writer) error {
		return tx.PutMember(directory.Member{Org: o.ID, User: u.ID, Role: role, Since: moment()})
	})
}

// ids are the ids of users, in order.
func ids(users []directory.User) []directory.UserID {
	all := []directory.UserID{}
	for _, u := range users {
		all = append(all, u.ID)
	}
	return all
}
