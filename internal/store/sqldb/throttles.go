package sqldb

import (
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/throttle"
)

const throttleColumns = `name, failures, since, ends_at`

func scanThrottle(from row) (t throttle.Counter, err error) {
	err = from.Scan(&t.Key, &t.Failures, scanTime(&t.Since), scanTime(&t.Until))
	return t, err
}

func (r *reader) Throttle(key string) (throttle.Counter, error) {
	t, err := one(r, "throttle", scanThrottle, `SELECT `+throttleColumns+` FROM throttles WHERE name = $1`, key)
	if fault.KindOf(err) == fault.NotFound {
		return throttle.Counter{}, nil
	}
	return t, err
}

func (r *reader) Throttles(keys []string) (map[string]throttle.Counter, error) {
	found := make(map[string]throttle.Counter, len(keys))
	if len(keys) == 0 {
		return found, nil
	}
	c := clauses{engine: r.engine}
	any := make([]string, len(keys))
	for i, key := range keys {
		any[i] = c.bind(key)
	}
	list, err := list(r, "throttle", scanThrottle, `SELECT `+throttleColumns+` FROM throttles WHERE name IN (`+strings.Join(any, ", ")+`)`, c.args...)
	for _, t := range list {
		found[t.Key] = t
	}
	return found, err
}

func (r *reader) ThrottlesUnder(prefix string) ([]throttle.Counter, error) {
	return list(r, "throttle", scanThrottle, `SELECT `+throttleColumns+` FROM throttles WHERE name >= $1 AND name < $2 ORDER BY name`,
		prefix, afterPrefix(prefix))
}

func (w *writer) PutThrottle(t throttle.Counter) error {
	return w.put("throttle", `INSERT INTO throttles (name, failures, since, ends_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET failures = excluded.failures, since = excluded.since, ends_at = excluded.ends_at`,
		t.Key, t.Failures, toMicros(t.Since), toMicros(t.Until))
}

func (w *writer) DropThrottle(key string) error {
	return w.drop("throttle", `DELETE FROM throttles WHERE name = $1`, key)
}

func (w *writer) DropThrottles(prefix string) error {
	return w.drop("throttle", `DELETE FROM throttles WHERE name >= $1 AND name < $2`, prefix, afterPrefix(prefix))
}

// afterPrefix is the first text after all that begin with an ASCII prefix; names are
// compared byte by byte in both engines.
func afterPrefix(prefix string) string {
	last := len(prefix) - 1
	return prefix[:last] + string(prefix[last]+1)
}
