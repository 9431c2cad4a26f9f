package sqlite

import (
	"context"
	"database/sql"
	"embed"

	"github.com/pressly/goose/v3"

	"roster.example/roster/internal/store/sqldb"
)

//go:embed migrations/*.sql
var migrations embed.FS

func migrate(ctx context.Context, db *sql.DB) error {
	return sqldb.Migrate(ctx, db, goose.DialectSQLite3, migrations, "folder")
}
