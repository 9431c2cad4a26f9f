package postgres

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/postgres/pgtest"
	"roster.example/roster/internal/store/storetest"
)

func TestStorePassesTheContract(t *testing.T) {
	t.Parallel()
	migrated := pgtest.Database(t)
	if err := node(t, migrated).Close(); err != nil {
		t.Fatal(err)
	}
	storetest.Run(t, func(t *testing.T) model.Store { return node(t, pgtest.Copy(t, migrated)) })
}

// Each folder is a schema. The test of a killed process kills a node; a killed
// server is not tested here.
func TestReopenedStorePassesTheContract(t *testing.T) {
	t.Parallel()
	storetest.RunReopen(t, func(t *testing.T, folder string) model.Store {
		address := pgtest.SchemaNamed(t, fmt.Sprintf("roster_test_%x", sha256.Sum256([]byte(folder)))[:40])
		s, err := Open(t.Context(), address, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestUnusableDatabaseIsExplained(t *testing.T) {
	t.Parallel()
	good := pgtest.Schema(t)
	ascii := "roster_test_ascii_" + strings.ToLower(rand.Text())
	server := os.Getenv(pgtest.Variable)
	err := pgtest.Exec(server, fmt.Sprintf(
		`CREATE DATABASE %q TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'`, ascii))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pgtest.Exec(server, fmt.Sprintf(`DROP DATABASE %q`, ascii)); err != nil {
			t.Error(err)
		}
	})
	for address, want := range map[string]string{
		good + "&dbname=" + ascii:                 "its encoding is SQL_ASCII and not UTF8",
		good + "&synchronous_commit=off":          "synchronous_commit is off",
		good + "&default_transaction_read_only=1": "it cannot be reached",
		good + "&dbname=absent":                   "it cannot be reached; check that it runs, and address",
		"postgres://roster:hunter2@127.0.0.1:1/x": "it cannot be reached; check that it runs, and address",
	} {
		_, err := Open(t.Context(), address, Options{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q", address, err, want)
		}
	}
}

func TestPasswordsInWrongAddressesAreNotRepeated(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"postgres://u:hun/ter2@h/x", "postgres://u:hun%zzter2@h/x", "postgres://u:hunter2@h:port/x", "postgres://u@h:hunter2/x",
		"postgres://h/x?password=hunter2&sslmode=odd", "host=h password=hunter2 port=x", "host=h password=hunter2", "mysql://u:hunter2@h/x", "",
	} {
		_, err := Open(t.Context(), address, Options{})
		if err == nil || !strings.Contains(err.Error(), "write it like postgres://") || strings.Contains(err.Error(), "hun") {
			t.Errorf("%s: got %v", address, err)
		}
	}
}

func TestDatabaseOfANewerVersionIsRejected(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	if err := node(t, address).Close(); err != nil {
		t.Fatal(err)
	}
	if err := pgtest.Exec(address, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (4711, TRUE)"); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), address, Options{})
	known, failed := migrations.ReadDir("migrations")
	if failed != nil {
		t.Fatal(failed)
	}
	newest, _, _ := strings.Cut(known[len(known)-1].Name(), "_")
	want := fmt.Sprintf("this database belongs to a newer Roster (schema 4711, this program knows %s); run that version or restore a backup", strings.TrimLeft(newest, "0"))
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestCheckFindsDamage(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	s := node(t, address)
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("a sound database: %v", err)
	}
	err := pgtest.Exec(address, "SET session_replication_role = replica",
		"INSERT INTO identities (user_id, provider, extern_uid) VALUES (99, 'ldap', 'x')")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), `a row of "identities" belongs to nothing in "users"`) {
		t.Errorf("got %v, want the damage", err)
	}
	err = pgtest.Exec(address, "DELETE FROM identities", "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'emails_user'::regclass")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), `the index "emails_user" is incomplete`) {
		t.Errorf("got %v, want the damage", err)
	}
}

func TestSessionsHaveANameAndTheTimeoutsOfTheAddress(t *testing.T) {
	t.Parallel()
	address := pgtest.With(t, pgtest.Schema(t), "lock_timeout", "7s")
	for _, other := range []string{"statement_timeout", "idle_in_transaction_session_timeout"} {
		address = pgtest.With(t, address, other, "")
	}
	s := node(t, address)
	for setting, want := range map[string]string{
		"application_name": "roster", "lock_timeout": "7s", "statement_timeout": "10s", "idle_in_transaction_session_timeout": "5s",
	} {
		// The connection for writing is opened by the first write.
		var got string
		if err := s.write.QueryRowContext(t.Context(), "SHOW "+setting).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, %v; want %s", setting, got, err, want)
		}
	}
}

func TestEnginesWithoutTableLocksAreRecognized(t *testing.T) {
	t.Parallel()
	odd := errors.New("odd")
	for code, want := range map[string]bool{syntaxError: false, featureNotSupported: false, lockNotAvailable: true} {
		if got, err := isSupported(&pgconn.PgError{Code: code}); got != want || err != nil {
			t.Errorf("%s: got %t, %v", code, got, err)
		}
	}
	if got, err := isSupported(nil); !got || err != nil {
		t.Errorf("no error: got %t, %v", got, err)
	}
	if _, err := isSupported(odd); !errors.Is(err, odd) {
		t.Errorf("an error that nobody expects: got %v", err)
	}
}

func TestEmptyDatabaseIsNotChanged(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	for range 2 {
		if vacant, err := IsEmpty(t.Context(), address); err != nil || !vacant {
			t.Errorf("got %v, %v of an empty database", vacant, err)
		}
	}
	node(t, address)
	if vacant, err := IsEmpty(t.Context(), address); err != nil || vacant {
		t.Errorf("got %v, %v of a database with a directory", vacant, err)
	}
}
