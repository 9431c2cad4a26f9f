package sqldb

import "roster.example/roster/internal/directory"

const reservedColumns = `kind, name, holder, freed_at, ends_at`

func scanReserved(from row) (n directory.ReservedName, err error) {
	err = from.Scan(&n.Kind, &n.Name, &n.Holder, when(&n.FreedAt), when(&n.Until))
	return n, err
}

func (r *reader) ReservedAmong(kind directory.NameKind, names []string) ([]directory.ReservedName, error) {
	if len(names) == 0 {
		return nil, nil
	}
	return list(r, "name", scanReserved, `SELECT `+reservedColumns+` FROM reserved_names
		WHERE kind = $2 AND name `+r.engine.In("$1"), r.engine.Texts(names), string(kind))
}

// ReservedNames reads -1 as no limit in SQLite, which PostgreSQL refuses.
func (r *reader) ReservedNames(limit int) ([]directory.ReservedName, error) {
	const ordered = `SELECT ` + reservedColumns + ` FROM reserved_names ORDER BY kind, name`
	if limit <= 0 {
		return list(r, "name", scanReserved, ordered)
	}
	return list(r, "name", scanReserved, ordered+` LIMIT $1`, limit)
}

func (w *writer) ReserveName(n directory.ReservedName) error {
	return w.put("name", `INSERT INTO reserved_names (kind, name, holder, freed_at, ends_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kind, name) DO UPDATE SET holder = excluded.holder, freed_at = excluded.freed_at, ends_at = excluded.ends_at`,
		string(n.Kind), n.Name, n.Holder, stamp(n.FreedAt), stamp(n.Until))
}

func (w *writer) ReleaseName(kind directory.NameKind, name string) error {
	return w.drop("name", `DELETE FROM reserved_names WHERE kind = $1 AND name = $2`, string(kind), name)
}
