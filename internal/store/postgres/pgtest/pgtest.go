//go:build unix

// Package pgtest provides a PostgreSQL server for tests: it starts the installed one
// in a temporary folder with a Unix socket, or uses the server of
// ROSTER_TEST_POSTGRES. Each test gets a schema or a database of its own.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Variable names the environment variable with the address of a server whose
// user may make databases: postgres://USER:PASSWORD@HOST:PORT/postgres.
const Variable = "ROSTER_TEST_POSTGRES"

// Start starts a server unless there is one. TestMain calls it, and stop at the end.
// The address is stored in the environment, so that child processes of a test
// use the same server.
func Start() (stop func() error, err error) {
	if os.Getenv(Variable) != "" {
		return func() error { return nil }, nil
	}
	s, err := start()
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL for the tests: %w", err)
	}
	if err := os.Setenv(Variable, s.url()); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s.stop, nil
}

// Database creates an empty database for the test and returns its address. It is
// dropped when the test ends. A [Schema] is faster if it is sufficient.
func Database(t testing.TB) string {
	t.Helper()
	return database(t, "TEMPLATE template0")
}

// Copy creates a copy of the database at address and returns the address of the copy.
// The original must have no open connections. The copy is dropped when the test ends.
// A copy takes half the processor time of the migrations. Copies run in parallel;
// migrations of one database wait for each other.
func Copy(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	// FILE_COPY copies the files and writes no page of them to the log.
	return database(t, fmt.Sprintf("TEMPLATE %q STRATEGY FILE_COPY", strings.TrimPrefix(u.Path, "/")))
}

func database(t testing.TB, options string) string {
	t.Helper()
	name := name()
	run(t, os.Getenv(Variable), fmt.Sprintf("CREATE DATABASE %q %s", name, options))
	t.Cleanup(func() { run(t, os.Getenv(Variable), fmt.Sprintf("DROP DATABASE %q WITH (FORCE)", name)) })
	return at(t, func(u *url.URL) { u.Path = "/" + name })
}

// Schema creates an empty schema for the test and returns an address with this search path.
// It is dropped when the test ends. The extensions of its database are in
// another schema, so they remain.
func Schema(t testing.TB) string {
	t.Helper()
	return SchemaNamed(t, name())
}

// SchemaNamed is Schema with a name; the schema may exist already.
func SchemaNamed(t testing.TB, name string) string {
	t.Helper()
	run(t, os.Getenv(Variable), "BEGIN; SELECT pg_advisory_xact_lock(4711); CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public; COMMIT")
	run(t, os.Getenv(Variable), fmt.Sprintf("CREATE SCHEMA IF NOT EXISTS %q", name))
	t.Cleanup(func() { run(t, os.Getenv(Variable), fmt.Sprintf("DROP SCHEMA IF EXISTS %q CASCADE", name)) })
	return at(t, func(u *url.URL) { u.RawQuery += "&" + url.Values{"search_path": {name}}.Encode() })
}

// limits replace the store's time limits, which a slow machine could reach. A test of
// a limit sets it with [With].
var limits = map[string]string{
	"statement_timeout": "10min", "lock_timeout": "9min", "idle_in_transaction_session_timeout": "8min", "connect_timeout": "60",
}

// With returns address with a session parameter replaced;
// an empty value removes it.
func With(t testing.TB, address, parameter, value string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set(parameter, value)
	if value == "" {
		query.Del(parameter)
	}
	u.RawQuery = query.Encode()
	return u.String()
}

func name() string { return "roster_test_" + strings.ToLower(rand.Text()) }

// at returns the address of the server with changes.
func at(t testing.TB, change func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(os.Getenv(Variable))
	if err != nil || os.Getenv(Variable) == "" {
		t.Fatalf("%s holds no address of a server; call Start in TestMain", Variable)
	}
	change(u)
	address := u.String()
	for parameter, value := range limits {
		address = With(t, address, parameter, value)
	}
	return address
}

func run(t testing.TB, address, statement string) {
	t.Helper()
	if err := Exec(address, statement); err != nil {
		t.Error(err)
	}
}

// Exec runs statements in the database at address.
func Exec(address string, statements ...string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", statement, err), conn.Close(ctx))
		}
	}
	return conn.Close(ctx)
}
