package sqldb

import (
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

const apiKeyColumns = `a.user_id, a.lookup, a.sealed, a.sealed_by, a.created_at, a.last_used_at`

func scanAPIKey(from row) (k model.APIKey, err error) {
	err = from.Scan(&k.Owner, &k.Lookup, &k.Sealed, &k.KeyID, scanTime(&k.CreatedAt), scanTime(&k.LastUsedAt))
	return k, err
}

func (r *reader) APIKeyOf(owner model.UserID) (model.APIKey, error) {
	return one(r, "api_key", scanAPIKey, `SELECT `+apiKeyColumns+` FROM api_keys a WHERE a.user_id = $1`, owner)
}

func (r *reader) APIKeysOf(owners []model.UserID) ([]model.APIKey, error) {
	return list(r, "api_key", scanAPIKey, `SELECT `+apiKeyColumns+` FROM api_keys a WHERE a.user_id `+r.engine.In("$1")+
		` ORDER BY a.user_id`, r.engine.List(int64s(owners)))
}

func (r *reader) APIKeyByLookup(lookups [][]byte) (model.APIKey, error) {
	if len(lookups) == 0 {
		return model.APIKey{}, fault.Missing("api_key")
	}
	c := clauses{engine: r.engine}
	var any []string
	for _, lookup := range lookups {
		any = append(any, c.bind(lookup))
	}
	return one(r, "api_key", scanAPIKey, `SELECT `+apiKeyColumns+` FROM api_keys a WHERE a.lookup IN (`+strings.Join(any, ", ")+`)
		ORDER BY a.user_id LIMIT 1`, c.args...)
}

func (r *reader) APIKeys(after model.UserID, limit int) ([]model.APIKey, error) {
	return list(r, "api_key", scanAPIKey, `SELECT `+apiKeyColumns+` FROM api_keys a WHERE a.user_id > $1
		ORDER BY a.user_id LIMIT $2`, after, limit)
}

func (w *writer) PutAPIKey(k model.APIKey) error {
	return w.put("api_key", `INSERT INTO api_keys (user_id, lookup, sealed, sealed_by, created_at, last_used_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (user_id) DO UPDATE SET lookup = excluded.lookup, sealed = excluded.sealed, sealed_by = excluded.sealed_by,
			created_at = excluded.created_at, last_used_at = excluded.last_used_at`,
		k.Owner, k.Lookup, k.Sealed, k.KeyID, toMicros(k.CreatedAt), toMicros(k.LastUsedAt))
}

func (w *writer) DropAPIKey(owner model.UserID) error {
	return w.drop("api_key", `DELETE FROM api_keys WHERE user_id = $1`, owner)
}
