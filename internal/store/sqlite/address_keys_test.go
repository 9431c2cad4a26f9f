package sqlite

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"roster.example/roster/internal/store/sqldb"
	"roster.example/roster/internal/store/storetest"
)

func TestAddressesOfAnOlderVersionGetTheirKeys(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	openOlder(t, path, "0025", storetest.AddressesOfAnOlderVersion())
	storetest.CheckAddressesOfAnOlderVersion(t, openOnDisk(t, path))
}

func TestNamesOfAnOlderVersionGetTheirLookKeys(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	openOlder(t, path, "0032", storetest.NamesOfAnOlderVersion())
	storetest.CheckNamesOfAnOlderVersion(t, openOnDisk(t, path))
}

// openOlder creates a database with the schema from before a migration, and runs statements in it.
func openOlder(t *testing.T, path, migration string, statements []string) {
	t.Helper()
	if err := prepareFile(path); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", writePragmas(Options{}).dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := sqldb.Migrate(ctx, raw, goose.DialectSQLite3, storetest.MigrationsBefore(t, migrations, migration), "folder"); err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		if _, err := raw.ExecContext(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
}
