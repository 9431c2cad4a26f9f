// Package transfer moves a whole directory from one database to another, whatever
// the engines: ids, hashes, secrets and times stay as they are.
//
// It knows no table by heart but for a few exceptions below. What there is to move
// it reads from the schema of the source, so a table or column of a later migration
// is moved as well, and where both schemas are not the same nothing is moved at all.
//
//	read the tables and how they refer to each other
//	copy them in an order in which nothing refers to what is not there yet
//	let ids go on behind the greatest that was ever given
//	read everything once more on both sides, and compare
//
// Either side is one transaction. The target's is committed by the caller, when
// nothing is left to object to; until then nobody sees any of it.
package transfer

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"roster.example/roster/internal/directory"
)

// End is one of the two databases, with a transaction open on one connection.
type End interface {
	// Conn is that connection.
	Conn() *sql.Conn
	// Tables describes all tables, in any order, but for the record of migrations
	// and what the engine keeps of its own beside them, such as a full-text index.
	Tables(ctx context.Context) ([]Table, error)
	// Used is the greatest id that the engine ever gave to a row of a table that
	// is Counted, or less, where the row is still there; 0 for none.
	LastID(ctx context.Context, t Table) (int64, error)
	// ByBytes is the expression that sorts texts by their bytes.
	ByteOrder(column string) string
	// Store reads what the transaction sees. Writing to it fails.
	Store() directory.Store
	// Close ends the transaction and keeps nothing of it, unless it was committed.
	Close() error
}

// Target is where everything goes. Its tables are up to date and hold nothing but
// what the migrations put there, and nobody else can write to them.
type Target interface {
	End
	// Write adds all rows to a table, and to the engine's own indexes of it.
	Write(ctx context.Context, t Table, rows *Rows) error
	// Continue has the ids of a table go on behind used.
	SetLastID(ctx context.Context, t Table, used int64) error
	// Commit makes what was written the directory.
	Commit(ctx context.Context) error
}

// Kind is a type of column that both engines have.
type Kind string

// The kinds of columns.
const (
	Number  Kind = "number"
	Text    Kind = "text"
	Boolean Kind = "boolean"
	Bytes   Kind = "bytes"
)

// KindOf maps the name that an engine has for a type; "" for a strange one.
func KindOf(engineType string) Kind {
	switch strings.ToUpper(engineType) {
	case "INTEGER", "BIGINT":
		return Number
	case "TEXT":
		return Text
	case "BOOLEAN":
		return Boolean
	case "BLOB", "BYTEA":
		return Bytes
	}
	return ""
}

// Table is a table as the schema describes it.
type Table struct {
	Name        string
	Columns     []Column
	Key         []string    // columns of the primary key, in its order
	References  []Reference // to other tables and to itself
	HasSequence bool        // the engine gives ids, in the column that is the key
}

// Column is a column of a table.
type Column struct {
	Name string
	Kind Kind
}

// Reference is a foreign key.
type Reference struct {
	Column, Table string
	Optional      bool // the column may be NULL
}

func (t Table) names() []string {
	names := make([]string, 0, len(t.Columns))
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	return names
}

// List is the columns as SQL, in their order.
func (t Table) ColumnList() string { return `"` + strings.Join(t.names(), `", "`) + `"` }

func (t Table) kind(column string) Kind {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == column })
	if i < 0 {
		return ""
	}
	return t.Columns[i].Kind
}

// seeds tells the tables that migrations put rows in, with what is true of the
// other rows: those that somebody has put there since.
func seededTables() map[string]string {
	return map[string]string{"roles": "organization_id IS NOT NULL", "event_head": "last_id <> 0", "event_start": "last_id <> 0"}
}

// Vacant reports whether tables hold nothing but what migrations put there.
func IsEmpty(ctx context.Context, conn *sql.Conn, tables []Table) (bool, error) {
	for _, t := range tables {
		query := fmt.Sprintf(`SELECT EXISTS (SELECT 1 FROM %q`, t.Name)
		if used, seeded := seededTables()[t.Name]; seeded {
			query += " WHERE " + used
		}
		var found bool
		if err := conn.QueryRowContext(ctx, query+")").Scan(&found); err != nil {
			return false, fmt.Errorf("look whether the table %s is empty: %w", t.Name, err)
		}
		if found {
			return false, nil
		}
	}
	return true, nil
}
