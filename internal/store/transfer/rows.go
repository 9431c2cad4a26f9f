package transfer

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Rows iterates over the rows of a table, ordered by primary key.
type Rows struct {
	rows        *sql.Rows
	cells       []any // *cell
	row         []any
	nullColumns []int       // columns that Values returns as NULL
	progress    func(int64) // called with the number of rows read since the last call
	count       int64
	err         error
}

// progressInterval is the number of rows between two calls of progress.
const progressInterval = 1000

// readTable starts to read a table in the transaction of from.
func readTable(ctx context.Context, from End, t Table) (*Rows, error) {
	keys := slices.Clone(t.Key)
	for i, key := range keys {
		keys[i] = `"` + key + `"`
		if t.kind(key) == Text {
			keys[i] = from.ByteOrder(keys[i])
		}
	}
	rows, err := from.Conn().QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %q ORDER BY %s", t.ColumnList(), t.Name, strings.Join(keys, ", ")))
	if err != nil {
		return nil, fmt.Errorf("read the table %s: %w", t.Name, err)
	}
	r := &Rows{rows: rows, row: make([]any, len(t.Columns)), progress: func(int64) {}}
	for _, c := range t.Columns {
		r.cells = append(r.cells, &cell{column: c})
	}
	return r, nil
}

// Next reads the next row. It returns false at the end or after an error; see Err.
func (r *Rows) Next() bool {
	if r.err != nil || !r.rows.Next() {
		return false
	}
	if r.err = r.rows.Scan(r.cells...); r.err != nil {
		return false
	}
	if r.count++; r.count%progressInterval == 0 {
		r.progress(progressInterval)
	}
	return true
}

// Values returns the row in the order of the table's columns: int64, string, bool,
// []byte or nil. The next row overwrites the slice.
func (r *Rows) Values() ([]any, error) {
	for i, from := range r.cells {
		r.row[i] = from.(*cell).value
	}
	for _, i := range r.nullColumns {
		r.row[i] = nil
	}
	return r.row, nil
}

// Err returns the error that ended the iteration.
func (r *Rows) Err() error { return errors.Join(r.err, r.rows.Err()) }

// close ends the query.
func (r *Rows) close() error {
	r.progress(r.count % progressInterval)
	return errors.Join(r.Err(), r.rows.Close())
}

// cell scans a value and checks its kind. SQLite stores booleans as numbers, and does not
// check the types of values.
type cell struct {
	column Column
	value  any
}

// Scan implements [sql.Scanner].
func (c *cell) Scan(value any) error {
	c.value = nil
	if value == nil {
		return nil
	}
	switch v := value.(type) {
	case int64:
		c.value = c.number(v)
	case bool:
		if c.column.Kind == Boolean {
			c.value = v
		}
	case string:
		c.value = c.text(v)
	case []byte: // belongs to the driver, which reuses it
		c.value = c.bytes(v)
	}
	if c.value == nil {
		return fmt.Errorf("the column %s has a value that is not a %s; repair the source, or restore a backup of it", c.column.Name, c.column.Kind)
	}
	return nil
}

func (c *cell) number(v int64) any {
	switch {
	case c.column.Kind == Number:
		return v
	case c.column.Kind == Boolean && (v == 0 || v == 1):
		return v == 1
	}
	return nil
}

func (c *cell) text(v string) any {
	switch c.column.Kind {
	case Text:
		return v
	case Bytes:
		return []byte(v)
	}
	return nil
}

func (c *cell) bytes(v []byte) any {
	switch c.column.Kind {
	case Bytes:
		return append([]byte{}, v...) // empty, not NULL
	case Text:
		return string(v)
	}
	return nil
}

func equalValues(a, b any) bool {
	if x, ok := a.([]byte); ok {
		y, ok := b.([]byte)
		return ok && bytes.Equal(x, y)
	}
	if _, ok := b.([]byte); ok {
		return false
	}
	return a == b
}
