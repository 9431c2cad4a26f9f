package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the number of the advisory lock that one node holds while it
// brings the tables up to date: "roster" in ASCII.
const migrationLock = 0x726f73746572

// migrate brings the tables up to date. Each migration is one transaction: an
// interrupted start goes on where it stopped. Other nodes wait here meanwhile,
// and find nothing left to do.
func migrate(ctx context.Context, db *sql.DB) (err error) {
	holder, err := db.Conn(ctx)
	if err != nil {
		return reached(err)
	}
	defer func() { err = errors.Join(err, holder.Close()) }()
	if _, err := holder.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return fmt.Errorf("wait for another node to bring the tables up to date: %w", err)
	}
	defer func() {
		// A context that ran out must not leave the lock behind.
		_, undone := holder.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrationLock))
		err = errors.Join(err, undone)
	}()
	return upToDate(ctx, db)
}

func upToDate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	have, know, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if have > know {
		return fmt.Errorf("this database belongs to a newer Roster (schema %d, this program knows %d); run that version or restore a backup", have, know)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the tables up to date: %w", err)
	}
	return nil
}
