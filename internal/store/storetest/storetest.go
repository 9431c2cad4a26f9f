// Package storetest is the store contract: the tests that every [model.Store] must pass, so
// that the directory behaves the same with each of them. Each test has a store of its own.
package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// Opener opens an empty store and closes it when the test ends.
type Opener func(t *testing.T) model.Store

// contractTest is one test of the contract. Its name is a sentence.
type contractTest struct {
	name string
	run  func(t fixture)
}

// Run runs the tests of the contract, except those of [RunReopen].
func Run(t *testing.T, open Opener) {
	all := slices.Concat(
		transactionTests(), concurrencyTests(), userTests(), userListTests(), userOrderTests(), userSearchTests(), organizationTests(),
		projectTests(), credentialTests(), invitationTests(), invitedUserTests(), eventTests(), emailTests(), deletionTests(), bulkTests(),
		eventSearchTests(), webhookTests(), idempotencyTests(), conditionTests(), reservedNameTests(), addressTests(), lookalikeTests(), authenticatorTests(), preferencesTests(),
	)
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(fixture{T: t, store: open(t)})
		})
	}
}

// fixture is a test with a store.
type fixture struct {
	*testing.T
	store model.Store
}

// sampleTime returns a time with microseconds.
func sampleTime() time.Time { return time.Date(2026, 3, 1, 12, 30, 15, 123456000, time.UTC) }

func (f fixture) update(fn func(tx model.Writer) error) {
	f.Helper()
	if err := f.store.Update(context.Background(), fn); err != nil {
		f.Fatalf("update: %v", err)
	}
}

// failedUpdate runs an update that must fail, and returns its error.
func (f fixture) failedUpdate(fn func(tx model.Writer) error) error {
	f.Helper()
	err := f.store.Update(context.Background(), fn)
	if err == nil {
		f.Fatal("update succeeded, want an error")
	}
	return err
}

// read runs fn with each function of the store that reads, so that the contract covers a cache. ReadCached runs
// twice: the second run may read from the cache.
func (f fixture) read(fn func(tx model.Reader) error) {
	f.Helper()
	for _, readFunc := range f.readFuncs() {
		if err := readFunc(context.Background(), fn); err != nil {
			f.Fatalf("view: %v", err)
		}
	}
}

func (f fixture) readFuncs() []func(context.Context, func(model.Reader) error) error {
	return []func(context.Context, func(model.Reader) error) error{f.store.Read, f.store.ReadCached, f.store.ReadCached}
}

// readValue returns what fn reads in a transaction of its own.
func readValue[T any](f fixture, fn func(tx model.Reader) (T, error)) T {
	f.Helper()
	var got T
	f.read(func(tx model.Reader) (err error) {
		got, err = fn(tx)
		return err
	})
	return got
}

// wantNotFound reports an error of the test unless fn returns NotFound.
func wantNotFound[T any](f fixture, what string, fn func(tx model.Reader) (T, error)) {
	f.Helper()
	for _, readFunc := range f.readFuncs() {
		err := readFunc(context.Background(), func(tx model.Reader) error {
			_, err := fn(tx)
			return err
		})
		if fault.KindOf(err) != fault.NotFound {
			f.Errorf("%s: got %v, want not found", what, err)
		}
	}
}

func (f fixture) wantEqual(what string, got, want any) {
	f.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// wantConflict reports an error of the test unless err is a Conflict that names field as taken.
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

// newUser returns an active user with this username.
func newUser(name string) model.User {
	return model.User{
		UID: fmt.Sprintf("%-17.17s", name), Username: name, Names: model.Names{Name: name},
		State: model.Active, Limits: model.DefaultLimits(), CreatedAt: sampleTime(), UpdatedAt: sampleTime(),
	}
}

// addUser adds a user with a primary address.
func addUser(tx model.Writer, u model.User, address string) (model.User, error) {
	if err := tx.AddUser(&u); err != nil {
		return u, err
	}
	e := model.Email{User: u.ID, Address: address, Primary: true, CreatedAt: sampleTime()}
	err := tx.AddEmail(&e)
	u.Emails = []model.Email{e}
	return u, err
}

func (f fixture) user(name string) model.User {
	f.Helper()
	var u model.User
	f.update(func(tx model.Writer) (err error) {
		u, err = addUser(tx, newUser(name), name+"@example.org")
		return err
	})
	return u
}

func (f fixture) organization(name string) model.Organization {
	f.Helper()
	o := model.Organization{Name: name, Slug: model.Slug(name), Default: model.RoleMember, CreatedAt: sampleTime(), UpdatedAt: sampleTime()}
	f.update(func(tx model.Writer) error { return tx.AddOrganization(&o) })
	return o
}

func (f fixture) join(o model.Organization, u model.User, role model.RoleID) {
	f.Helper()
	f.update(func(tx model.Writer) error {
		return tx.PutMember(model.Member{Org: o.ID, User: u.ID, Role: role, Since: sampleTime()})
	})
}

// ids returns the ids of users, in their order.
func ids(users []model.User) []model.UserID {
	all := []model.UserID{}
	for _, u := range users {
		all = append(all, u.ID)
	}
	return all
}
