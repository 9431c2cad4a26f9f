package sqldb

import (
	"time"

	"roster.example/roster/internal/model"
)

const reservedColumns = `kind, name, holder, freed_at, ends_at, freed_by`

func scanReserved(from row) (n model.ReservedName, err error) {
	err = from.Scan(&n.Kind, &n.Name, &n.Holder, scanTime(&n.FreedAt), scanTime(&n.Until), &n.FreedBy)
	return n, err
}

func (r *reader) ReservedAmong(kind model.NameKind, names []string) ([]model.ReservedName, error) {
	if len(names) == 0 {
		return nil, nil
	}
	return list(r, "name", scanReserved, `SELECT `+reservedColumns+` FROM reserved_names
		WHERE kind = $2 AND name `+r.engine.In("$1"), r.engine.Texts(names), string(kind))
}

func (r *reader) ReservedNames(after model.ReservedName, limit int) ([]model.ReservedName, error) {
	return list(r, "name", scanReserved, `SELECT `+reservedColumns+` FROM reserved_names
		WHERE (kind, name) > ($1, $2) ORDER BY kind, name LIMIT CAST($3 AS BIGINT)`, string(after.Kind), after.Name, limit)
}

// FreedNames reads an index for each of the two.
func (r *reader) FreedNames(by model.UserID, org model.OrgID, now time.Time) (int, error) {
	return one(r, "name", scanInt, `SELECT count(*) FROM (
		SELECT kind, name FROM reserved_names WHERE freed_by = $1 AND freed_by <> 0 AND ends_at > $3
		UNION SELECT kind, name FROM reserved_names WHERE holder = $2 AND kind IN ('organization', 'slug') AND ends_at > $3) n`,
		by, org, toMicros(now))
}

func (w *writer) ReserveName(n model.ReservedName) error {
	return w.put("name", `INSERT INTO reserved_names (kind, name, holder, freed_at, ends_at, freed_by) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (kind, name) DO UPDATE SET holder = excluded.holder, freed_at = excluded.freed_at, ends_at = excluded.ends_at,
		freed_by = excluded.freed_by`,
		string(n.Kind), n.Name, n.Holder, toMicros(n.FreedAt), toMicros(n.Until), n.FreedBy)
}

func (w *writer) ReleaseName(kind model.NameKind, name string) error {
	return w.drop("name", `DELETE FROM reserved_names WHERE kind = $1 AND name = $2`, string(kind), name)
}
