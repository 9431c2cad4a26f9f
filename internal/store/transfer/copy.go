package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Progress starts a display for a part of the work with this number of rows. The caller calls add
// after each batch of rows and end after the last.
type Progress func(what string, rows int64) (add func(int64), end func())

// Result counts what was copied.
type Result struct {
	Tables int
	Rows   int64
}

// Move copies all rows from one database to the other and compares both afterwards.
// It commits nothing. After an error the caller must close the target.
func Move(ctx context.Context, from End, to Target, watch Progress) (Result, error) {
	m := &transferRun{from: from, to: to}
	if err := m.plan(ctx); err != nil {
		return Result{}, err
	}
	for _, part := range []struct {
		what string
		do   func(context.Context, step) error
	}{{"rows copied", m.copy}, {"rows compared", m.compare}} {
		if err := m.withProgress(ctx, watch, part.what, part.do); err != nil {
			return Result{}, err
		}
	}
	return Result{Tables: len(m.steps), Rows: m.rows}, nil
}

// transferRun is the state of one Move.
type transferRun struct {
	from  End
	to    Target
	steps []step
	rows  int64
	add   func(int64)
}

func (m *transferRun) withProgress(ctx context.Context, watch Progress, what string, do func(context.Context, step) error) error {
	add, end := watch(what, m.rows)
	defer end()
	m.add = add
	return m.forEachTable(ctx, do)
}

func (m *transferRun) forEachTable(ctx context.Context, do func(context.Context, step) error) error {
	for _, s := range m.steps {
		if err := do(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// plan reads the schemas, orders the tables, counts the rows, and deletes the rows of migrations from the target.
func (m *transferRun) plan(ctx context.Context) error {
	tables, err := m.from.Tables(ctx)
	if err != nil {
		return fmt.Errorf("read the schema of the source: %w", err)
	}
	if err := m.checkSchemas(ctx, tables); err != nil {
		return err
	}
	if m.steps, err = order(tables); err != nil {
		return err
	}
	if err := m.forEachTable(ctx, m.count); err != nil {
		return err
	}
	for table := range seededTables() {
		if _, err := m.to.Conn().ExecContext(ctx, fmt.Sprintf("DELETE FROM %q", table)); err != nil {
			return fmt.Errorf("empty the table %s: %w", table, err)
		}
	}
	return nil
}

// checkSchemas returns an error unless both databases have the same schema.
func (m *transferRun) checkSchemas(ctx context.Context, tables []Table) error {
	if !slices.ContainsFunc(tables, func(t Table) bool { return t.Name == "event_head" }) {
		return errors.New("the source contains no directory; check its address")
	}
	have, err := version(ctx, m.from)
	if err != nil {
		return err
	}
	want, err := version(ctx, m.to)
	switch {
	case err != nil:
		return err
	case have > want:
		return fmt.Errorf("the source belongs to a newer Roster (schema %d, this program knows %d); use that version", have, want)
	case have < want:
		return fmt.Errorf("the source was last opened by an older Roster (schema %d, this program makes %d); run 'roster doctor' on it first, which brings its tables up to date", have, want)
	}
	others, err := m.to.Tables(ctx)
	if err != nil {
		return fmt.Errorf("read the schema of the target: %w", err)
	}
	return sameSchemas(tables, others)
}

func version(ctx context.Context, end End) (number int64, err error) {
	err = end.Conn().QueryRowContext(ctx, "SELECT MAX(version_id) FROM goose_db_version WHERE is_applied").Scan(&number)
	if err != nil {
		return 0, fmt.Errorf("read the version of the schema: %w", err)
	}
	return number, nil
}

func (m *transferRun) count(ctx context.Context, s step) error {
	var n int64
	if err := m.from.Conn().QueryRowContext(ctx, fmt.Sprintf("SELECT COUNT(*) FROM %q", s.Name)).Scan(&n); err != nil {
		return fmt.Errorf("count the rows of %s: %w", s.Name, err)
	}
	m.rows += n
	return nil
}

// copy copies one table. After the last one it fills the deferred columns.
func (m *transferRun) copy(ctx context.Context, s step) error {
	rows, err := readTable(ctx, m.from, s.Table)
	if err != nil {
		return err
	}
	rows.progress = m.add
	for i, c := range s.Columns {
		if slices.Contains(s.deferred, c.Name) {
			rows.nullColumns = append(rows.nullColumns, i)
		}
	}
	if err := errors.Join(m.to.Write(ctx, s.Table, rows), rows.close()); err != nil {
		return fmt.Errorf("copy the table %s: %w", s.Name, err)
	}
	if err := m.continueIDs(ctx, s.Table); err != nil {
		return fmt.Errorf("set the last id of %s: %w", s.Name, err)
	}
	if s.Name == m.steps[len(m.steps)-1].Name {
		return m.forEachTable(ctx, m.fillDeferred)
	}
	return nil
}

// continueIDs sets the id after which the target continues. That is not always the greatest id in the table: its
// row may have been deleted. Nor is it always the id of the sequence: a row may have been written with its id.
func (m *transferRun) continueIDs(ctx context.Context, t Table) error {
	if !t.HasSequence {
		return nil
	}
	used, err := m.from.LastID(ctx, t)
	if err != nil {
		return err
	}
	var greatest int64
	err = m.from.Conn().QueryRowContext(ctx, fmt.Sprintf(`SELECT COALESCE(MAX(%q), 0) FROM %q`, t.Key[0], t.Name)).Scan(&greatest)
	if err != nil {
		return err
	}
	if used = max(used, greatest); used == 0 {
		return nil
	}
	return m.to.SetLastID(ctx, t, used)
}

// fillDeferred writes the columns that copy left NULL. Only small tables have such columns: those of
// organizations and roles.
func (m *transferRun) fillDeferred(ctx context.Context, s step) error {
	for _, column := range s.deferred {
		wanted := Table{Name: s.Name, Key: s.Key, Columns: []Column{{column, s.kind(column)}}}
		var where []string
		for i, key := range s.Key {
			wanted.Columns = append(wanted.Columns, Column{key, s.kind(key)})
			where = append(where, fmt.Sprintf("%q = $%d", key, i+2))
		}
		update := fmt.Sprintf("UPDATE %q SET %q = $1 WHERE %s", s.Name, column, strings.Join(where, " AND "))
		if err := m.fillColumn(ctx, wanted, update); err != nil {
			return fmt.Errorf("copy the column %s of %s: %w", column, s.Name, err)
		}
	}
	return nil
}

func (m *transferRun) fillColumn(ctx context.Context, wanted Table, update string) (err error) {
	rows, err := readTable(ctx, m.from, wanted)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.close()) }()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		if values[0] == nil {
			continue
		}
		if _, err := m.to.Conn().ExecContext(ctx, update, values...); err != nil {
			return err
		}
	}
	return nil
}

// compare compares a table of both databases. Errors do not contain values, which may be secret.
func (m *transferRun) compare(ctx context.Context, s step) (err error) {
	want, err := readTable(ctx, m.from, s.Table)
	if err != nil {
		return err
	}
	want.progress = m.add
	defer func() { err = errors.Join(err, want.close()) }()
	got, err := readTable(ctx, m.to, s.Table)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, got.close()) }()
	for want.Next() {
		if !got.Next() {
			return errors.Join(fmt.Errorf("the table %s has fewer rows in the target", s.Name), got.Err())
		}
		for i, c := range s.Columns {
			if !equalValues(want.cells[i].(*cell).value, got.cells[i].(*cell).value) {
				return fmt.Errorf("the column %s of %s is not the same in row %d", c.Name, s.Name, want.count)
			}
		}
	}
	if want.Err() == nil && got.Next() {
		return fmt.Errorf("the table %s has more rows in the target", s.Name)
	}
	return nil
}
