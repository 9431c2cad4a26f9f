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

// Rows reads the rows of a table by its primary key, one at a time.
type Rows struct {
	rows        *sql.Rows
	cells       []any // *cell
	row         []any
	nullColumns []int       // columns that are given as NULL
	progress    func(int64) // told how many were read, every now and then
	count       int64
	err         error
}

// tick is how many rows pass before somebody is told.
const progressInterval = 1000

// read begins to read a table in the transaction of an end.
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

// Next reads the next row. False is the end, or an error that Err gives.
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

// Values is the row in the order of the table's columns: int64, string, bool,
// []byte or nil. It is overwritten by the next.
func (r *Rows) Values() ([]any, error) {
	for i, from := range r.cells {
		r.row[i] = from.(*cell).value
	}
	for _, i := range r.nullColumns {
		r.row[i] = nil
	}
	return r.row, nil
}

// Err is why Next ended too early.
func (r *Rows) Err() error { return errors.Join(r.err, r.rows.Err()) }

// close ends the reading.
func (r *Rows) close() error {
	r.progress(r.count % progressInterval)
	return errors.Join(r.Err(), r.rows.Close())
}

// cell scans a value of a known kind. SQLite keeps a boolean as a number, and
// would keep whatever it is given in any column.
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
	case []byte: // the driver's own, which it uses again
		c.value = c.bytes(v)
	}
	if c.value == nil {
		return fmt.Errorf("the column %s holds something that is not a %s; repair the source, or restore a backup of it", c.column.Name, c.column.Kind)
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
		return append([]byte{}, v...) // an empty one is not NULL
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
