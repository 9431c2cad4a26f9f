package transfer_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/postgres"
	"roster.example/roster/internal/store/postgres/pgtest"
	"roster.example/roster/internal/store/sqlite"
	"roster.example/roster/internal/store/transfer"
)

func operator() model.Actor { return model.Operator() }

func TestInvalidLocationsAreRejectedWithoutTheirPassword(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "mysql://u:hunter2@h/x", "host=h password=hunter2", "postgres:/u:hunter2@h", "postgresql:u:hunter2@h", "sqlite:/var/lib/roster.db",
	} {
		if _, err := app.ParseLocation(text); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v", text, err)
		}
	}
	if got := location(t, "postgres://u:hunter2@h/x").String(); got != "postgres://u:***@h/x" {
		t.Errorf("printed as %s", got)
	}
}

func TestTargetWithDataIsRejectedAndNotChanged(t *testing.T) {
	t.Parallel()
	folder, who := newDirectory(t)
	full, address := filepath.Join(t.TempDir(), "full"), pgtest.Database(t)
	migrate(t, folder, full)
	migrate(t, folder, address)
	wantMigrateError(t, folder, full, "is not empty: there is "+filepath.Join(full, "roster.db"))
	wantMigrateError(t, folder, folder, "is not empty: there is ")
	wantMigrateError(t, folder, address, "there is something in it already; create a new database for this")
	wantMigrateError(t, address, address, "there is something in it already")
	a := openApp(t, address, folder)
	who.check(t, a.Directory)
	must(t, a.Close())

	must(t, os.Remove(filepath.Join(full, "roster.db")))
	wantMigrateError(t, folder, full, "is not empty: there is "+filepath.Join(full, "secret.key"))
}

func TestTargetOfAnotherProgramIsRejected(t *testing.T) {
	t.Parallel()
	folder, _ := newDirectory(t)
	address := pgtest.Database(t)
	must(t, pgtest.Exec(address, "CREATE TABLE invoices (id bigint PRIMARY KEY)"))
	wantMigrateError(t, folder, address, "the target has a table invoices that does not belong to Roster")
	must(t, pgtest.Exec(address, "INSERT INTO invoices VALUES (1)"))
	wantMigrateError(t, folder, address, "there is something in it already")
}

func TestSourceWithoutDirectoryIsRejected(t *testing.T) {
	t.Parallel()
	absent, to := filepath.Join(t.TempDir(), "absent"), filepath.Join(t.TempDir(), "to")
	wantMigrateError(t, absent, to, "there is no directory in the source "+absent)
	wantMigrateError(t, pgtest.Database(t), to, "the source contains no directory")
	if _, err := os.Stat(absent); err == nil {
		t.Error("the folder was made")
	}
	must(t, os.Mkdir(absent, 0o700), os.WriteFile(filepath.Join(absent, "roster.db"), []byte("this is not a database at all"), 0o600))
	wantMigrateError(t, absent, to, "the database is damaged: the file does not begin as an SQLite database does")
}

func TestSourceOfAnotherVersionIsRejected(t *testing.T) {
	t.Parallel()
	folder, _ := newDirectory(t)
	to := filepath.Join(t.TempDir(), "to")
	execIn(t, folder, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (4711, 1)")
	wantMigrateError(t, folder, to, "the source belongs to a newer Roster (schema 4711, this program knows ")
	execIn(t, folder, "DELETE FROM goose_db_version WHERE version_id > 1")
	wantMigrateError(t, folder, to, "the source was last opened by an older Roster (schema 1, this program makes ")
}

func TestSourceInUseIsRejected(t *testing.T) {
	t.Parallel()
	folder, _ := newDirectory(t)
	address, to := pgtest.Database(t), filepath.Join(t.TempDir(), "to")
	migrate(t, folder, address)
	for _, from := range []string{folder, address} {
		a := openApp(t, from, folder)
		_, err := app.Migrate(t.Context(), location(t, from), location(t, to), noProgress)
		if from == folder && !errors.Is(err, app.ErrLocked) {
			t.Errorf("folder: got %v", err)
		}
		if from == address && (err == nil || !strings.Contains(err.Error(), "a server is connected to it")) {
			t.Errorf("address: got %v", err)
		}
		must(t, a.Close())
	}
}

// A node that connects during the migration can read, but not write.
func TestNodesCannotWriteToASourceDuringAMigration(t *testing.T) {
	t.Parallel()
	folder, _ := newDirectory(t)
	address := pgtest.Database(t)
	migrate(t, folder, address)
	source, err := postgres.OpenSource(t.Context(), address)
	must(t, err)
	node, err := postgres.Open(t.Context(), pgtest.With(t, address, "lock_timeout", "100ms"), postgres.Options{})
	must(t, err)
	write := func() error {
		return node.Update(context.Background(), func(tx model.Writer) error { return tx.DropThrottle("x") })
	}
	if err := write(); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v, want the node to be told to wait", err)
	}
	must(t, source.Close())
	for deadline := time.Now().Add(5 * time.Minute); ; { // the server ends the session of the source after a while
		err := write()
		if err == nil {
			break
		}
		if fault.KindOf(err) != fault.Unavailable || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	must(t, node.Close())
}

func TestDamagedSourceIsRejected(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string]string{
		"UPDATE events SET detail = 'nothing happened' WHERE id = 2":           "the event chain is broken, also in the source: event 2 was changed after it was written",
		"UPDATE users SET created_at = 'soon' WHERE id = 1":                    "the column created_at has a value that is not a number; repair the source, or restore a backup of it",
		"PRAGMA foreign_keys = 0; UPDATE emails SET user_id = 99 WHERE id = 1": `a row of "emails" belongs to nothing in "users"`,
	} {
		folder, _ := newDirectory(t)
		execIn(t, folder, statement)
		to := filepath.Join(t.TempDir(), "to")
		wantMigrateError(t, folder, to, want)
		if left := files(t, to); len(left) > 0 {
			t.Errorf("%s: %q are left", statement, left)
		}
	}
}

// changingTarget is a target in which a table changes after it was written.
type changingTarget struct {
	transfer.Target
	table, statement string
}

func (m changingTarget) Write(ctx context.Context, t transfer.Table, rows *transfer.Rows) error {
	err := m.Target.Write(ctx, t, rows)
	if err == nil && t.Name == m.table {
		_, err = m.Conn().ExecContext(ctx, m.statement)
	}
	return err
}

func TestDifferenceAfterTheCopyIsFound(t *testing.T) {
	t.Parallel()
	folder, _ := newDirectory(t)
	for _, c := range []struct{ table, statement, want string }{
		{"users", "UPDATE users SET admin = NOT admin WHERE id = 2", "the column admin of users is not the same in row 2"},
		{"emails", "DELETE FROM emails", "the table emails has fewer rows in the target"},
		{"identities", "INSERT INTO identities (user_id, provider, extern_uid) VALUES (1, 'x', 'y')", "the column extern_uid of identities is not the same in row 1"},
		{"throttles", "INSERT INTO throttles (name, failures, since, ends_at) VALUES ('zzz', 1, 1, 1)", "the table throttles has more rows in the target"},
		{"api_keys", "UPDATE api_keys SET sealed = x'00'", "the column sealed of api_keys is not the same in row 1"},
	} {
		source, err := sqlite.OpenSource(t.Context(), filepath.Join(folder, "roster.db"))
		must(t, err)
		target, err := sqlite.OpenTarget(t.Context(), filepath.Join(t.TempDir(), "roster.db"))
		must(t, err)
		_, err = transfer.Move(t.Context(), source, changingTarget{target, c.table, c.statement}, noProgress)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.statement, err, c.want)
		}
		must(t, source.Close(), target.Close())
	}
}

// Both engines describe the same schema, with known types only.
func TestEnginesDescribeTheSameTables(t *testing.T) {
	t.Parallel()
	lite, err := sqlite.OpenTarget(t.Context(), filepath.Join(t.TempDir(), "roster.db"))
	must(t, err)
	post, err := postgres.OpenTarget(t.Context(), pgtest.Database(t))
	must(t, err)
	for _, end := range []transfer.End{lite, post} {
		tables, err := end.Tables(t.Context())
		must(t, err)
		if len(tables) < 15 {
			t.Errorf("only %d tables", len(tables))
		}
		for _, table := range tables {
			strange := slices.ContainsFunc(table.Columns, func(c transfer.Column) bool { return c.Kind == "" })
			if len(table.Key) == 0 || strange || table.HasSequence && len(table.Key) != 1 {
				t.Errorf("%+v cannot be moved: it needs a primary key, and columns of known types", table)
			}
		}
	}
	must(t, lite.Close(), post.Close())
}
