package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/sqldb"
	"roster.example/roster/internal/store/transfer"
)

// transferEnd is a PostgreSQL database that is read or written by a transfer.
type transferEnd struct {
	db       *sql.DB
	conn     *sql.Conn
	lockConn *sql.Conn // of a source: holds the write lock
}

// OpenSource opens the database at url as the source of a transfer, in one snapshot.
// It returns an error if nodes are connected. Nodes that connect later
// cannot write until the source is closed. It runs no migrations; see
// [transfer.Move]. Errors do not contain the password.
func OpenSource(ctx context.Context, url string) (transfer.End, error) {
	link, err := parse(url)
	if err != nil {
		return nil, fmt.Errorf("open the PostgreSQL database: %w", err)
	}
	e, err := openTransferEnd(ctx, link)
	if err == nil {
		err = errors.Join(e.requireNoNodes(ctx, link), e.exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
	}
	if err != nil {
		return nil, fmt.Errorf("open the PostgreSQL database: %w", errors.Join(err, e.Close()))
	}
	return e, nil
}

// transferName is the application name of a transfer, which distinguishes it from a node.
const transferName = "roster migrate"

// openTransferEnd connects without a statement timeout.
func openTransferEnd(ctx context.Context, link connConfig) (*transferEnd, error) {
	e := &transferEnd{db: link.withApplicationName(transferName).withTimeout("idle_in_transaction_session_timeout", 0).withTimeout("lock_timeout", lockLimit).openForMigrating()}
	if err := checkSettings(ctx, e.db); err != nil {
		return e, err
	}
	var err error
	e.conn, err = e.db.Conn(ctx)
	return e, err
}

// withApplicationName returns c with another application name.
func (l connConfig) withApplicationName(name string) connConfig {
	changed := l.config.Copy()
	changed.RuntimeParams["application_name"] = name
	return connConfig{changed}
}

func (e *transferEnd) exec(ctx context.Context, statement string) error {
	_, err := e.conn.ExecContext(ctx, statement)
	return err
}

// requireNoNodes returns an error if nodes are connected, and takes the write lock until
// Close. Engines without LOCK TABLE have no write lock.
func (e *transferEnd) requireNoNodes(ctx context.Context, link connConfig) (err error) {
	if e.lockConn, err = e.db.Conn(ctx); err != nil {
		return explainConnect(err)
	}
	var nodes int
	err = e.lockConn.QueryRowContext(ctx, "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1",
		link.config.RuntimeParams["application_name"]).Scan(&nodes)
	switch {
	case err != nil:
		return err
	case nodes > 0:
		return fmt.Errorf("a server is connected to it (%d connections); stop every node first: what it writes from now on would be lost", nodes)
	}
	return e.lockWrites(ctx)
}

func (e *transferEnd) lockWrites(ctx context.Context) error {
	if made, err := e.exists(ctx); err != nil || !made {
		return err
	}
	if _, err := e.lockConn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	_, err := e.lockConn.ExecContext(ctx, lockForWriting)
	_, err = isSupported(err)
	return err
}

// exists reports whether the database has the tables of a directory.
func (e *transferEnd) exists(ctx context.Context) (found bool, err error) {
	err = e.conn.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_class
		WHERE relname = 'event_head' AND relkind = 'r' AND relnamespace = current_schema()::regnamespace)`).Scan(&found)
	return found, err
}

// Conn implements [transfer.End].
func (e *transferEnd) Conn() *sql.Conn { return e.conn }

// ByteOrder implements [transfer.End].
func (e *transferEnd) ByteOrder(column string) string { return column + ` COLLATE "C"` }

// Store implements [transfer.End].
func (e *transferEnd) Store() model.Store { return sqldb.Within(engine(false), e.conn) }

// Close implements [transfer.End]. Transactions end with their connections.
func (e *transferEnd) Close() error {
	if e == nil || e.db == nil {
		return nil
	}
	var errs []error
	for _, c := range []*sql.Conn{e.conn, e.lockConn} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	errs = append(errs, e.db.Close())
	e.db = nil
	return errors.Join(errs...)
}

// LastID implements [transfer.End].
func (e *transferEnd) LastID(ctx context.Context, t transfer.Table) (used int64, err error) {
	err = e.conn.QueryRowContext(ctx, "SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass), 0)",
		t.Name, t.Key[0]).Scan(&used)
	return used, err
}

// Tables implements [transfer.End].
func (e *transferEnd) Tables(ctx context.Context) ([]transfer.Table, error) {
	named := map[string]*transfer.Table{}
	err := e.forEachRow(ctx, func(rows *sql.Rows) error {
		var table, column, kind string
		var counted bool
		if err := rows.Scan(&table, &column, &kind, &counted); err != nil {
			return err
		}
		if named[table] == nil {
			named[table] = &transfer.Table{Name: table}
		}
		t := named[table]
		t.Columns = append(t.Columns, transfer.Column{Name: column, Kind: transfer.KindOf(kind)})
		t.HasSequence = t.HasSequence || counted
		return nil
	}, `SELECT c.relname, a.attname, format_type(a.atttypid, NULL), a.attidentity <> ''
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname NOT LIKE 'goose%'
		ORDER BY c.relname, a.attnum`)
	if err := errors.Join(err, e.keys(ctx, named), e.references(ctx, named)); err != nil {
		return nil, err
	}
	all := make([]transfer.Table, 0, len(named))
	for _, t := range named {
		all = append(all, *t)
	}
	return all, nil
}

func (e *transferEnd) keys(ctx context.Context, named map[string]*transfer.Table) error {
	return e.forEachRow(ctx, func(rows *sql.Rows) error {
		var table, column string
		err := rows.Scan(&table, &column)
		if t := named[table]; t != nil {
			t.Key = append(t.Key, column)
		}
		return err
	}, `SELECT t.relname, a.attname FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
		CROSS JOIN unnest(k.conkey) WITH ORDINALITY u (attnum, n)
		JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = u.attnum
		WHERE k.contype = 'p' AND k.connamespace = current_schema()::regnamespace ORDER BY t.relname, u.n`)
}

func (e *transferEnd) references(ctx context.Context, named map[string]*transfer.Table) error {
	return e.forEachRow(ctx, func(rows *sql.Rows) error {
		var table string
		var r transfer.Reference
		err := rows.Scan(&table, &r.Column, &r.Table, &r.Optional)
		if t := named[table]; t != nil {
			t.References = append(t.References, r)
		}
		return err
	}, `SELECT t.relname, a.attname, p.relname, NOT a.attnotnull FROM pg_constraint f
		JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
		JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey)
		WHERE f.contype = 'f' AND f.connamespace = current_schema()::regnamespace`)
}

func (e *transferEnd) forEachRow(ctx context.Context, take func(*sql.Rows) error, query string) error {
	rows, err := e.conn.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := take(rows); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// transferTarget is a database that is being filled.
type transferTarget struct {
	*transferEnd
	tables []transfer.Table
}

// OpenTarget creates the tables of a directory in the database at url. A database with
// users or other rows is rejected and not changed. The tables are locked until
// the target is committed or closed.
func OpenTarget(ctx context.Context, url string) (transfer.Target, error) {
	link, err := parse(url)
	if err != nil {
		return nil, fmt.Errorf("open the PostgreSQL database: %w", err)
	}
	n := &transferTarget{}
	n.transferEnd, err = openTransferEnd(ctx, link)
	if err == nil {
		err = n.open(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("open the PostgreSQL database: %w", errors.Join(err, n.transferEnd.Close()))
	}
	return n, nil
}

// open checks twice that the database is empty: before it changes anything, and after it has
// locked the tables.
func (n *transferTarget) open(ctx context.Context) error {
	if err := n.requireEmpty(ctx); err != nil {
		return err
	}
	if err := migrate(ctx, n.db); err != nil {
		return err
	}
	if err := n.exec(ctx, "BEGIN ISOLATION LEVEL READ COMMITTED"); err != nil {
		return err
	}
	tables, err := n.Tables(ctx)
	if err != nil {
		return err
	}
	n.tables = tables
	if err := n.exec(ctx, "LOCK TABLE "+n.tableList()+" IN ACCESS EXCLUSIVE MODE"); err != nil {
		return fmt.Errorf("take it from others: %w; stop every server that is connected to it", err)
	}
	return n.requireEmpty(ctx)
}

func (n *transferTarget) tableList() string {
	names := make([]string, 0, len(n.tables))
	for _, t := range n.tables {
		names = append(names, `"`+t.Name+`"`)
	}
	return strings.Join(names, ", ")
}

func (n *transferTarget) requireEmpty(ctx context.Context) error {
	tables, err := n.Tables(ctx)
	if err != nil {
		return err
	}
	vacant, err := transfer.IsEmpty(ctx, n.conn, tables)
	if err == nil && !vacant {
		err = errors.New("there is something in it already; create a new database for this, or drop the old tables if they are not needed")
	}
	return err
}

// rowsPerCopy is the number of rows of one COPY. The server keeps each row in memory until it checks
// foreign keys at the end of the statement.
const rowsPerCopy = 50_000

// Write implements [transfer.Target].
func (n *transferTarget) Write(ctx context.Context, t transfer.Table, rows *transfer.Rows) error {
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	return n.conn.Raw(func(driver any) error {
		conn := driver.(*stdlib.Conn).Conn()
		for more := true; more; {
			lot := &copyBatch{Rows: rows, left: rowsPerCopy}
			if _, err := conn.CopyFrom(ctx, pgx.Identifier{t.Name}, names, lot); err != nil {
				return err
			}
			more = lot.left == 0
		}
		return nil
	})
}

// copyBatch is a limited number of rows.
type copyBatch struct {
	*transfer.Rows
	left int
}

// Next implements [pgx.CopyFromSource].
func (l *copyBatch) Next() bool {
	if l.left == 0 || !l.Rows.Next() {
		return false
	}
	l.left--
	return true
}

// SetLastID implements [transfer.Target]. Sequences are not transactional: after a failed
// transfer they keep their values, which does no harm.
func (n *transferTarget) SetLastID(ctx context.Context, t transfer.Table, used int64) error {
	_, err := n.conn.ExecContext(ctx, "SELECT setval(pg_get_serial_sequence($1, $2)::regclass, $3)", t.Name, t.Key[0], used)
	return err
}

// Commit implements [transfer.Target]. It updates the statistics of the planner first.
func (n *transferTarget) Commit(ctx context.Context) error {
	if err := n.exec(ctx, "ANALYZE "+n.tableList()); err != nil {
		return err
	}
	// The result of a cancelled commit would be unknown.
	if err := n.exec(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return fmt.Errorf("check with 'roster doctor' whether the directory is there before you try again: %w", err)
	}
	return nil
}
