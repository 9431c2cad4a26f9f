// Package transfer copies a whole directory from one database to another, with the same or
// another engine. Ids, hashes, secrets and times do not change.
//
// It reads the tables from the schema of the source, with a few exceptions below. So tables
// and columns of later migrations are copied too. If the schemas differ, nothing is copied.
//
//	read the tables and their foreign keys
//	copy each table after those that it references
//	set the sequences of ids to the greatest id that was ever used
//	read all rows of both databases again and compare them
//
// Each database is read or written in one transaction. The caller commits that of the target after
// its own checks; until then no other connection sees the rows.
package transfer

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"roster.example/roster/internal/model"
)

// End is one of the two databases, with an open transaction on one connection.
type End interface {
	// Conn returns the connection.
	Conn() *sql.Conn
	// Tables returns all tables, in any order, except the record of migrations
	// and internal tables of the engine, such as a full-text index.
	Tables(ctx context.Context) ([]Table, error)
	// LastID returns the last id of the sequence of a table, 0 for none. It may be less than
	// the greatest id in the table.
	LastID(ctx context.Context, t Table) (int64, error)
	// ByteOrder returns an expression that sorts a text column by its bytes.
	ByteOrder(column string) string
	// Store returns a store that reads in the transaction. Its writes fail.
	Store() model.Store
	// Close rolls the transaction back unless it was committed.
	Close() error
}

// Target is the database that is written. Its tables have all migrations and no other
// rows than those of migrations. No other connection can write to them.
type Target interface {
	End
	// Write inserts all rows into a table, and into the internal indexes of the engine.
	Write(ctx context.Context, t Table, rows *Rows) error
	// SetLastID sets the sequence of a table, so that new ids are greater than last.
	SetLastID(ctx context.Context, t Table, used int64) error
	// Commit commits the transaction and makes the database usable.
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

// KindOf returns the kind of an engine's column type, "" if it is unknown.
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

// Table describes a table.
type Table struct {
	Name        string
	Columns     []Column
	Key         []string    // columns of the primary key, in its order
	References  []Reference // to other tables and to itself
	HasSequence bool        // the engine assigns ids, in the column of the primary key
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

// ColumnList returns the columns as SQL.
func (t Table) ColumnList() string { return `"` + strings.Join(t.names(), `", "`) + `"` }

func (t Table) kind(column string) Kind {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == column })
	if i < 0 {
		return ""
	}
	return t.Columns[i].Kind
}

// seededTables returns the tables that have rows of migrations. The condition of each matches
// its other rows.
func seededTables() map[string]string {
	return map[string]string{"roles": "organization_id IS NOT NULL", "event_head": "last_id <> 0", "event_start": "last_id <> 0"}
}

// IsEmpty reports whether tables have no rows but those of migrations.
func IsEmpty(ctx context.Context, conn *sql.Conn, tables []Table) (bool, error) {
	for _, t := range tables {
		query := fmt.Sprintf(`SELECT EXISTS (SELECT 1 FROM %q`, t.Name)
		if used, seeded := seededTables()[t.Name]; seeded {
			query += " WHERE " + used
		}
		var found bool
		if err := conn.QueryRowContext(ctx, query+")").Scan(&found); err != nil {
			return false, fmt.Errorf("check that the table %s is empty: %w", t.Name, err)
		}
		if found {
			return false, nil
		}
	}
	return true, nil
}
