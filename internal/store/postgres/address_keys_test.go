package postgres

import (
	"context"
	"errors"
	"testing"

	"github.com/pressly/goose/v3"

	"roster.example/roster/internal/store/postgres/pgtest"
	"roster.example/roster/internal/store/sqldb"
	"roster.example/roster/internal/store/storetest"
)

func TestAddressesOfAnOlderVersionGetTheirKeys(t *testing.T) {
	t.Parallel()
	storetest.CheckAddressesOfAnOlderVersion(t, openOlder(t, "0025", storetest.AddressesOfAnOlderVersion()))
}

func TestNamesOfAnOlderVersionGetTheirLookKeys(t *testing.T) {
	t.Parallel()
	storetest.CheckNamesOfAnOlderVersion(t, openOlder(t, "0032", storetest.NamesOfAnOlderVersion()))
}

// openOlder opens a store in a schema from before a migration, in which statements ran.
func openOlder(t *testing.T, migration string, statements []string) *store {
	t.Helper()
	address := pgtest.Schema(t)
	l, err := parse(address)
	if err != nil {
		t.Fatal(err)
	}
	db := l.openForMigrating()
	err = sqldb.Migrate(context.Background(), db, goose.DialectPostgres, storetest.MigrationsBefore(t, migrations, migration), "database")
	if err := errors.Join(err, db.Close(), pgtest.Exec(address, statements...)); err != nil {
		t.Fatal(err)
	}
	return node(t, address)
}
