package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"

	"roster.example/roster/internal/store/sqldb"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the number of the advisory lock that a node holds while it
// runs migrations: "roster" in ASCII.
const migrationLock = 0x726f73746572

// migrate runs all new migrations. Each is one transaction, so the next start continues after an
// interruption. Other nodes wait for the lock and then find nothing to do.
func migrate(ctx context.Context, db *sql.DB) (err error) {
	holder, err := db.Conn(ctx)
	if err != nil {
		return explainConnect(err)
	}
	defer func() { err = errors.Join(err, holder.Close()) }()
	if _, err := holder.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return fmt.Errorf("wait for another node to bring the tables up to date: %w", err)
	}
	defer func() {
		// The lock must be released even if the context has ended.
		_, undone := holder.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrationLock))
		err = errors.Join(err, undone)
	}()
	return sqldb.Migrate(ctx, db, goose.DialectPostgres, migrations, "database")
}
