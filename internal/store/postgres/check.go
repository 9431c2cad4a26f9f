package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// reference is a foreign key. All foreign keys have one column.
type reference struct{ table, column, parent, key string }

// Check implements [model.Store]. The server checks its own files if they have
// checksums. Check finds incomplete indexes and rows with missing references, which
// restores with disabled triggers can leave.
func (s *store) Check(ctx context.Context) error {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	damage, err := findDamage(ctx, tx)
	if err = errors.Join(err, tx.Rollback()); err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	if damage != "" {
		return fmt.Errorf("the database is damaged: %s; restore a backup", damage)
	}
	return nil
}

// findDamage describes the first damage, or returns "".
func findDamage(ctx context.Context, tx *sql.Tx) (string, error) {
	if _, err := tx.ExecContext(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
		return "", err
	}
	damage, err := first(ctx, tx, `SELECT 'the index "' || c.relname || '" is incomplete' FROM pg_index i
		JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = current_schema() AND NOT i.indisvalid LIMIT 1`)
	if err != nil || damage != "" {
		return damage, err
	}
	all, err := references(ctx, tx)
	if err != nil {
		return "", err
	}
	for _, r := range all {
		damage, err := first(ctx, tx, fmt.Sprintf(`SELECT 'a row of "%[1]s" belongs to nothing in "%[3]s"' FROM "%[1]s" c
			WHERE c."%[2]s" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "%[3]s" p WHERE p."%[4]s" = c."%[2]s") LIMIT 1`,
			r.table, r.column, r.parent, r.key))
		if err != nil || damage != "" {
			return damage, err
		}
	}
	return "", nil
}

func first(ctx context.Context, tx *sql.Tx, query string) (text string, err error) {
	err = tx.QueryRowContext(ctx, query).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return text, err
}

func references(ctx context.Context, tx *sql.Tx) ([]reference, error) {
	rows, err := tx.QueryContext(ctx, `SELECT t.relname, c.attname, p.relname, k.attname
		FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
		JOIN pg_attribute c ON c.attrelid = f.conrelid AND c.attnum = f.conkey[1]
		JOIN pg_attribute k ON k.attrelid = f.confrelid AND k.attnum = f.confkey[1]
		JOIN pg_namespace n ON n.oid = f.connamespace
		WHERE f.contype = 'f' AND n.nspname = current_schema() ORDER BY f.conname`)
	if err != nil {
		return nil, err
	}
	var all []reference
	for rows.Next() {
		var r reference
		if err := rows.Scan(&r.table, &r.column, &r.parent, &r.key); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		all = append(all, r)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}
