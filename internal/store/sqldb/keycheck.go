package sqldb

import "roster.example/roster/internal/model"

func (r *reader) KeyCheck() (model.KeyCheck, error) {
	return one(r, "key_check", func(from row) (c model.KeyCheck, err error) {
		err = from.Scan(&c.Sealed, &c.KeyID)
		return c, err
	}, `SELECT sealed, sealed_by FROM key_check WHERE id = 1`)
}

func (w *writer) PutKeyCheck(c model.KeyCheck) error {
	return w.put("key_check", `INSERT INTO key_check (id, sealed, sealed_by) VALUES (1, $1, $2)
		ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, sealed_by = excluded.sealed_by`,
		nonNil(c.Sealed), c.KeyID)
}
