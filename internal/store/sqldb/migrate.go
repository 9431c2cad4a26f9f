package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// Migrate brings the tables up to date by the files in the folder "migrations" of
// one engine. Each migration is one transaction: an interrupted start goes on
// where it stopped. What a newer version has written is refused; kept is what
// people call the place where it lies, such as "folder".
func Migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, migrations fs.FS, kept string) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	have, know, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if have > know {
		return fmt.Errorf("this %s belongs to a newer Roster (schema %d, this program knows %d); run that version or restore a backup", kept, have, know)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the tables up to date: %w", err)
	}
	return nil
}
