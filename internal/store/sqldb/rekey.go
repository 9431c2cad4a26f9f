package sqldb

import (
	"context"
	"database/sql"
	"fmt"

	"roster.example/roster/internal/emailaddress"
)

// addressKeys is the migration after which addresses are compared by
// [emailaddress.Key], which SQL cannot compute.
const addressKeys = 25

// lookKeys is the migration after which names have the key of [lookKey].
const lookKeys = 32

// afterMigration runs the part of a migration that is not SQL, in the same transaction.
func afterMigration(ctx context.Context, tx *sql.Tx, version int64) error {
	switch version {
	case addressKeys:
		return fillAddressKeys(ctx, tx)
	case lookKeys:
		if err := fillLookKeys(ctx, tx, "users", "username"); err != nil {
			return err
		}
		return fillLookKeys(ctx, tx, "organizations", "name")
	}
	return nil
}

func fillAddressKeys(ctx context.Context, tx *sql.Tx) error {
	if err := rekeyAddresses(ctx, tx, "emails"); err != nil {
		return err
	}
	if err := rekeyAddresses(ctx, tx, "invitations"); err != nil {
		return err
	}
	// The first of several accounts with one key has it without a collision. The others are kept, and
	// no further one can be added.
	_, err := tx.ExecContext(ctx, `UPDATE emails SET collision = 0 WHERE collision <> 0 AND (invited OR `+firstOfKey+`)`)
	return err
}

// keyedRow is a row with a text, and the key that it has.
type keyedRow struct {
	id        int64
	text, key string
}

// rekeyAddresses sets the keys of the addresses in a table, in batches.
func rekeyAddresses(ctx context.Context, tx *sql.Tx, table string) error {
	for after := int64(0); ; {
		rows, err := rowsAfter(ctx, tx, table, "address, address_key", after)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			if err := rekey(ctx, tx, table, row); err != nil {
				return err
			}
		}
		after = rows[len(rows)-1].id
	}
}

// fillLookKeys sets the look keys of the names in a table.
func fillLookKeys(ctx context.Context, tx *sql.Tx, table, name string) error {
	for after := int64(0); ; {
		rows, err := rowsAfter(ctx, tx, table, name+", ''", after)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			key := lookKey(row.text)
			if key == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, fmt.Sprintf(`UPDATE %s SET look_key = $2 WHERE id = $1`, table), row.id, key); err != nil {
				return err
			}
		}
		after = rows[len(rows)-1].id
	}
}

func rowsAfter(ctx context.Context, tx *sql.Tx, table, columns string, after int64) (all []keyedRow, err error) {
	rows, err := tx.QueryContext(ctx, fmt.Sprintf(`SELECT id, %s FROM %s WHERE id > $1 ORDER BY id LIMIT 1000`, columns, table), after)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var row keyedRow
		if err := rows.Scan(&row.id, &row.text, &row.key); err != nil {
			return nil, closeAfter(rows, err)
		}
		all = append(all, row)
	}
	return all, closeAfter(rows, rows.Err())
}

func closeAfter(rows *sql.Rows, err error) error {
	if closed := rows.Close(); err == nil {
		err = closed
	}
	return err
}

// rekey changes few rows: the key of an address in ASCII stays the same. Until all rows have their keys,
// each may have the key of another one, so they are marked as collisions.
func rekey(ctx context.Context, tx *sql.Tx, table string, row keyedRow) error {
	key := emailaddress.Key(row.text)
	text := addressText(row.text, key)
	if key == row.key && (text == "" || table != "emails") {
		return nil
	}
	if table != "emails" {
		_, err := tx.ExecContext(ctx, `UPDATE invitations SET address_key = $2 WHERE id = $1`, row.id, key)
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE emails SET address_key = $2, address_text = $3, collision = id WHERE id = $1`, row.id, key, text); err != nil {
		return err
	}
	// Searches find the user by the new form once FillSearch has written it.
	_, err := tx.ExecContext(ctx, `UPDATE search SET text = '' WHERE user_id = (SELECT user_id FROM emails WHERE id = $1)`, row.id)
	return err
}
