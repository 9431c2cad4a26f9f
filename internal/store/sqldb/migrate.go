package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
)

// Migrate applies the migrations of an engine, the files of its folder "migrations". Each migration is one
// transaction: an interrupted start continues after the last complete one. A database of a newer version is
// rejected. location is the word for its location in errors, such as "folder".
func Migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, migrations fs.FS, location string) error {
	steps, err := readMigrations(migrations)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	provider, err := goose.NewProvider(dialect, db, nil, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(steps...))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	have, know, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if have > know {
		return fmt.Errorf("this %s belongs to a newer Roster (schema %d, this program knows %d); run that version or restore a backup", location, have, know)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the tables up to date: %w", err)
	}
	return nil
}

// readMigrations returns a migration for each file. Both drivers execute a whole file.
// Goose's own parser of SQL files would take a third of the time of a start: it looks
// for the end of each statement with buffers of several megabytes.
func readMigrations(migrations fs.FS) ([]*goose.Migration, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	steps := make([]*goose.Migration, 0, len(files))
	for _, name := range files {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, err
		}
		text, err := fs.ReadFile(migrations, name)
		if err != nil {
			return nil, err
		}
		if err := checkMigration(string(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		up := &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, string(text)); err != nil {
				return err
			}
			return afterMigration(ctx, tx, version)
		}}
		steps = append(steps, goose.NewGoMigration(version, up, nil))
	}
	return steps, nil
}

// checkMigration rejects the annotations whose meaning is lost when a file runs as a whole.
func checkMigration(text string) error {
	for _, annotation := range []string{"-- +goose Down", "-- +goose NO TRANSACTION", "-- +goose ENVSUB"} {
		if strings.Contains(text, annotation) {
			return fmt.Errorf("%q is not supported", annotation)
		}
	}
	return nil
}
