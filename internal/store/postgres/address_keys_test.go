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
	address := pgtest.Schema(t)
	l, err := parse(address)
	if err != nil {
		t.Fatal(err)
	}
	db := l.openForMigrating()
	err = sqldb.Migrate(context.Background(), db, goose.DialectPostgres, storetest.MigrationsBefore(t, migrations, "0025"), "database")
	if err := errors.Join(err, db.Close(), pgtest.Exec(address, storetest.AddressesOfAnOlderVersion()...)); err != nil {
		t.Fatal(err)
	}
	storetest.CheckAddressesOfAnOlderVersion(t, node(t, address))
}
