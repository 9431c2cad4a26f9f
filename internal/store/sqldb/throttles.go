package sqldb

import "roster.example/roster/internal/directory"

func (r *reader) Throttle(key string) (directory.Throttle, error) {
	t, err := one(r, "throttle", func(from row) (t directory.Throttle, err error) {
		err = from.Scan(&t.Key, &t.Failures, when(&t.Since), when(&t.Until))
		return t, err
	}, `SELECT name, failures, since, ends_at FROM throttles WHERE name = $1`, key)
	if directory.KindOf(err) == directory.NotFound {
		return directory.Throttle{}, nil
	}
	return t, err
}

func (w *writer) PutThrottle(t directory.Throttle) error {
	return w.put("throttle", `INSERT INTO throttles (name, failures, since, ends_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET failures = excluded.failures, since = excluded.since, ends_at = excluded.ends_at`,
		t.Key, t.Failures, stamp(t.Since), stamp(t.Until))
}

func (w *writer) DropThrottle(key string) error {
	return w.drop("throttle", `DELETE FROM throttles WHERE name = $1`, key)
}
