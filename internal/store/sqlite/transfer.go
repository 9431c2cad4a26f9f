package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/sqldb"
	"roster.example/roster/internal/store/transfer"
)

// transferEnd is a database file that is read or written by a transfer.
type transferEnd struct {
	db   *sql.DB
	conn *sql.Conn
}

// OpenSource opens the database at path as the source of a transfer. It runs no migrations; see
// [transfer.Move]. No other process may write to it during the transfer.
func OpenSource(ctx context.Context, path string) (transfer.End, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := cmp.Or(checkFile(path, true), CheckLog(path)); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	p := pragmas{mode: "rw", set: []string{"busy_timeout(5000)", "query_only(1)"}, expect: map[string]string{"query_only": "1"}}
	e, err := openTransferEnd(ctx, p, path)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, explain(err))
	}
	if err := checkTables(ctx, e.conn, true); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, explain(err)), e.Close())
	}
	return e, nil
}

// openTransferEnd opens an existing file and begins a transaction.
func openTransferEnd(ctx context.Context, p pragmas, path string) (*transferEnd, error) {
	db, err := openHandle(ctx, p, path)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	e := &transferEnd{db: db}
	if e.conn, err = db.Conn(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if _, err := e.conn.ExecContext(ctx, "BEGIN"); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Conn implements [transfer.End].
func (e *transferEnd) Conn() *sql.Conn { return e.conn }

// ByteOrder implements [transfer.End]. SQLite sorts by bytes by default.
func (e *transferEnd) ByteOrder(column string) string { return column }

// Store implements [transfer.End].
func (e *transferEnd) Store() model.Store { return sqldb.Within(engine(), e.conn) }

// Close implements [transfer.End].
func (e *transferEnd) Close() error {
	if e.db == nil {
		return nil
	}
	err := errors.Join(e.conn.Close(), e.db.Close())
	e.db = nil
	return err
}

// LastID implements [transfer.End].
func (e *transferEnd) LastID(ctx context.Context, t transfer.Table) (used int64, err error) {
	err = e.conn.QueryRowContext(ctx, "SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = $1", t.Name).Scan(&used)
	return used, err
}

// Tables implements [transfer.End].
func (e *transferEnd) Tables(ctx context.Context) ([]transfer.Table, error) {
	rows, err := e.conn.QueryContext(ctx, `SELECT m.name, m.sql LIKE '%AUTOINCREMENT%' FROM pragma_table_list() l
		JOIN sqlite_master m ON m.type = 'table' AND m.name = l.name
		WHERE l.schema = 'main' AND l.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'goose_%'`)
	if err != nil {
		return nil, err
	}
	var all []transfer.Table
	for rows.Next() {
		var t transfer.Table
		if err := rows.Scan(&t.Name, &t.HasSequence); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		all = append(all, t)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for i := range all {
		if err := errors.Join(e.columns(ctx, &all[i]), e.references(ctx, &all[i])); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (e *transferEnd) columns(ctx context.Context, t *transfer.Table) error {
	rows, err := e.conn.QueryContext(ctx, "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY pk, cid", t.Name)
	if err != nil {
		return err
	}
	for rows.Next() {
		var name, kind string
		var key int
		if err := rows.Scan(&name, &kind, &key); err != nil {
			return errors.Join(err, rows.Close())
		}
		t.Columns = append(t.Columns, transfer.Column{Name: name, Kind: transfer.KindOf(kind)})
		if key > 0 {
			t.Key = append(t.Key, name)
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

func (e *transferEnd) references(ctx context.Context, t *transfer.Table) error {
	rows, err := e.conn.QueryContext(ctx, `SELECT f."from", f."table", c."notnull" = 0 AND c.pk = 0
		FROM pragma_foreign_key_list($1) f JOIN pragma_table_info($1) c ON c.name = f."from"`, t.Name)
	if err != nil {
		return err
	}
	for rows.Next() {
		var r transfer.Reference
		if err := rows.Scan(&r.Column, &r.Table, &r.Optional); err != nil {
			return errors.Join(err, rows.Close())
		}
		t.References = append(t.References, r)
	}
	return errors.Join(rows.Err(), rows.Close())
}

// transferTarget is a database file that is filled under a temporary name, which no server
// opens.
type transferTarget struct {
	*transferEnd
	draft, path string
	sync        func(*os.File) error
}

// draftPath returns the temporary name of a database that will be at path.
func draftPath(path string) string { return path + ".part" }

// OpenTarget creates a database that is at path after its commit. It returns an error if the file
// exists, and removes the draft of an interrupted attempt.
func OpenTarget(ctx context.Context, path string) (transfer.Target, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("create the database: %w", err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is already a database at %s; use a folder without one", path)
	}
	n := &transferTarget{draft: draftPath(path), path: path, sync: (*os.File).Sync}
	if err := errors.Join(n.removeDraft(), prepareFile(n.draft)); err != nil {
		return nil, err
	}
	if err := n.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("create the database %s: %w", path, err), n.removeDraft())
	}
	return n, nil
}

// draftPragmas disable all that protects a half-written database, because a draft is deleted
// after an error. Foreign keys are checked once at the end.
func draftPragmas() pragmas {
	return pragmas{
		mode:   "rw",
		set:    []string{"journal_mode(OFF)", "synchronous(OFF)", "foreign_keys(0)", "locking_mode(EXCLUSIVE)", "cache_size(-65536)"},
		expect: map[string]string{"journal_mode": "off", "synchronous": "0", "foreign_keys": "0"},
	}
}

func (n *transferTarget) open(ctx context.Context) error {
	db, err := openHandle(ctx, draftPragmas(), n.draft)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1) // the lock is exclusive, for other connections of this process too
	if err := errors.Join(migrate(ctx, db), db.Close()); err != nil {
		return err
	}
	n.transferEnd, err = openTransferEnd(ctx, draftPragmas(), n.draft)
	return err
}

// valuesPerStatement is the number of values that one statement inserts: each statement costs
// some microseconds.
const valuesPerStatement = 400

// Write implements [transfer.Target].
func (n *transferTarget) Write(ctx context.Context, t transfer.Table, rows *transfer.Rows) error {
	group := max(1, valuesPerStatement/len(t.Columns))
	many, err := n.conn.PrepareContext(ctx, insert(t, group))
	if err != nil {
		return err
	}
	args, err := n.insertGroups(many, rows, group*len(t.Columns))
	if err = errors.Join(err, many.Close(), ctx.Err()); err != nil {
		return err
	}
	if len(args) > 0 {
		if _, err := n.conn.ExecContext(ctx, insert(t, len(args)/len(t.Columns)), args...); err != nil {
			return err
		}
	}
	if t.Name == "search" {
		return n.index(ctx)
	}
	return nil
}

// index writes the grams of the texts in the table search. Texts that are not indexed yet
// (empty here) get their grams when the server indexes them.
func (n *transferTarget) index(ctx context.Context) error {
	put, err := n.conn.PrepareContext(ctx, "INSERT INTO search_grams (rowid, grams) VALUES ($1, $2)")
	if err != nil {
		return err
	}
	rows, err := n.conn.QueryContext(ctx, "SELECT user_id, text FROM search WHERE text <> '' ORDER BY user_id")
	if err != nil {
		return errors.Join(err, put.Close())
	}
	for err == nil && rows.Next() {
		var id int64
		var text string
		if err = rows.Scan(&id, &text); err == nil {
			_, err = put.ExecContext(context.Background(), id, grams(text))
		}
	}
	return errors.Join(err, rows.Err(), rows.Close(), put.Close())
}

// insertGroups inserts rows in groups of this number of values, and returns the values of the last, incomplete group.
func (n *transferTarget) insertGroups(many *sql.Stmt, rows *transfer.Rows, values int) ([]any, error) {
	args := make([]any, 0, values)
	for rows.Next() {
		row, err := rows.Values()
		if err != nil {
			return nil, err
		}
		if args = append(args, row...); len(args) < values {
			continue
		}
		// With ctx the driver would start a goroutine for each statement. A cancelled ctx
		// ends the query of rows anyway.
		if _, err := many.ExecContext(context.Background(), args...); err != nil {
			return nil, err
		}
		args = args[:0]
	}
	return args, rows.Err()
}

func insert(t transfer.Table, rows int) string {
	row := ", (?" + strings.Repeat(", ?", len(t.Columns)-1) + ")"
	return fmt.Sprintf("INSERT INTO %q (%s) VALUES %s", t.Name, t.ColumnList(), strings.Repeat(row, rows)[2:])
}

// SetLastID implements [transfer.Target].
func (n *transferTarget) SetLastID(ctx context.Context, t transfer.Table, used int64) error {
	if _, err := n.conn.ExecContext(ctx, "DELETE FROM sqlite_sequence WHERE name = $1", t.Name); err != nil {
		return err
	}
	_, err := n.conn.ExecContext(ctx, "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)", t.Name, used)
	return err
}

// Commit implements [transfer.Target]. The file is checked and synced before
// it gets its final name. If the name cannot be synced, it is removed again.
func (n *transferTarget) Commit(ctx context.Context) error {
	if _, err := n.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return err
	}
	if err := n.transferEnd.Close(); err != nil {
		return err
	}
	if err := errors.Join(n.check(ctx), n.syncToDisk()); err != nil {
		return err
	}
	// Unlike a rename, a link replaces no file.
	if err := os.Link(n.draft, n.path); err != nil {
		return fmt.Errorf("name the new database: %w", err)
	}
	if err := n.syncToDisk(); err != nil {
		return errors.Join(fmt.Errorf("sync the name of the new database: %w", err), n.removeLink())
	}
	return nil
}

// removeLink removes the link that Commit has made. No other process uses it,
// because the caller has locked the folder.
func (n *transferTarget) removeLink() error {
	err := os.Remove(n.path)
	_ = n.syncToDisk() // it failed before and may fail again
	return err
}

// check opens the database as a server does.
func (n *transferTarget) check(ctx context.Context) error {
	s, err := open(ctx, n.draft, Options{Readers: 1})
	if err != nil {
		return err
	}
	return errors.Join(s.Check(ctx), s.Close())
}

// syncToDisk syncs the file and its folder.
func (n *transferTarget) syncToDisk() error {
	var errs []error
	for _, name := range []string{n.draft, filepath.Dir(n.path)} {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		errs = append(errs, n.sync(file), file.Close())
	}
	return errors.Join(errs...)
}

// Close implements [transfer.End].
func (n *transferTarget) Close() error { return errors.Join(n.transferEnd.Close(), n.removeDraft()) }

// removeDraft removes the file with the temporary name, and its journals.
func (n *transferTarget) removeDraft() error {
	var errs []error
	for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
		if err := os.Remove(n.draft + suffix); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
