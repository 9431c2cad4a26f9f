// Package directorytest opens a directory on a new SQLite database for tests.
package directorytest

import (
	"path/filepath"
	"testing"
	"time"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/store/cache"
	"roster.example/roster/internal/store/sqlite"
	"roster.example/roster/internal/store/sqlite/sqlitetest"
)

// BaseURL is the public address in the links of emails.
const BaseURL = "https://roster.example"

// Fixture is a directory with its home organization and no users, on a database behind a cache.
// Its methods call [testing.TB.Fatal] when an operation fails that must succeed.
type Fixture struct {
	*directory.Directory
	T       testing.TB
	Path    string // of the database
	KeyFile string
	Keyring *secret.Keyring
	Hasher  *secret.Hasher
	Store   model.Store
	Clock   *Clock // the directory reads it unless New was given another Options.Now
	Home    model.Organization

	Inbox []mailqueue.Email // claimed from the queue and not returned by NextEmail yet
}

// New opens the fixture and closes it when the test ends. Each of setup may change the options.
func New(t testing.TB, setup ...func(*directory.Options)) *Fixture {
	t.Helper()
	folder := t.TempDir()
	f := &Fixture{
		T: t, Path: filepath.Join(folder, "roster.db"), KeyFile: filepath.Join(folder, "secret.key"),
		Clock: NewClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)), Hasher: secret.NewHasher(CheapHashes(), 4, 1000),
	}
	var err error
	f.Keyring, err = secret.OpenKeyring(f.KeyFile)
	f.Must(err)
	f.Store = OpenStore(t, f.Path)
	o := directory.Options{Now: f.Clock.Now, Passkeys: newPasskeyParty(t), MaxKeys: 3, SignUpOrganizations: true}
	for _, change := range setup {
		change(&o)
	}
	f.Directory = directory.New(f.Store, f.Hasher, f.Keyring, mail.Renderer{Base: BaseURL, Site: "Roster"}, WithDefaults(o))
	f.Must(f.Prepare(t.Context(), model.Operator(), "Home"))
	orgs, err := f.Organizations(t.Context(), model.Operator())
	f.Must(err)
	f.Home = orgs[0]
	return f
}

// OpenStore creates a database with all tables and no rows at path, and opens it behind a cache. It is
// closed when the test ends.
func OpenStore(t testing.TB, path string) model.Store {
	t.Helper()
	sqlitetest.Write(t, path)
	database, err := sqlite.Open(t.Context(), path, sqlite.Options{Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	store := cache.New(database, cache.Options{Memory: int64(config.Default().Cache)})
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// ExecSQL changes the database without the store, as another program would.
func (f *Fixture) ExecSQL(statement string) {
	f.T.Helper()
	sqlitetest.Exec(f.T, f.Path, statement)
}

// CheapHashes returns parameters for password hashes that take no noticeable time and protect nothing.
func CheapHashes() secret.Params { return secret.Params{MemoryKiB: 64, Time: 1, Threads: 1} }

// Must fails the test if err is not nil.
func (f *Fixture) Must(err error) {
	f.T.Helper()
	if err != nil {
		f.T.Fatal(err)
	}
}

// Must returns the value of a call that must succeed.
func Must[T any](t testing.TB, call func() (T, error)) T {
	t.Helper()
	value, err := call()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// WantKind reports an error of the test unless err is of the kind want.
func WantKind(t testing.TB, err error, want fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != want {
		t.Errorf("got %v, want an error of kind %q", err, want)
	}
}

// WantFault reports an error of the test unless err has a fault of field with this code.
func WantFault(t testing.TB, err error, field string, code fault.Code) {
	t.Helper()
	if !fault.Has(err, field, code) {
		t.Errorf("got %v, want the fault that %s is %s", err, field, code)
	}
}
