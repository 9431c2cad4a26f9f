package sqldb

import "roster.example/roster/internal/model"

const keyColumns = `k.id, k.user_id, k.title, k.public, k.comment, k.fingerprint, k.type, k.bits, k.key_usage,
	k.created_at, k.expires_at, k.last_used_at`

func scanKey(from row) (k model.SSHKey, err error) {
	err = from.Scan(&k.ID, &k.Owner, &k.Title, &k.Public, &k.Comment, &k.Fingerprint, &k.Type, &k.Bits, &k.Usage,
		scanTime(&k.CreatedAt), scanTime(&k.ExpiresAt), scanTime(&k.LastUsedAt))
	return k, err
}

func (r *reader) Key(id model.KeyID) (model.SSHKey, error) {
	return one(r, "key", scanKey, `SELECT `+keyColumns+` FROM ssh_keys k WHERE k.id = $1`, id)
}

func (r *reader) KeyByFingerprint(fingerprint string) (model.SSHKey, error) {
	return one(r, "key", scanKey, `SELECT `+keyColumns+` FROM ssh_keys k WHERE k.fingerprint = $1`, fingerprint)
}

func (r *reader) Keys(owner model.UserID) ([]model.SSHKey, error) {
	return list(r, "key", scanKey, `SELECT `+keyColumns+` FROM ssh_keys k WHERE k.user_id = $1 ORDER BY k.id`, owner)
}

func (w *writer) AddKey(k *model.SSHKey) error {
	return add(w, "key", &k.ID, `INSERT INTO ssh_keys
		(user_id, title, public, comment, fingerprint, type, bits, key_usage, created_at, expires_at, last_used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		keyValues(*k)...)
}

func keyValues(k model.SSHKey) []any {
	return []any{k.Owner, k.Title, k.Public, k.Comment, k.Fingerprint, k.Type, k.Bits, string(k.Usage),
		toMicros(k.CreatedAt), toMicros(k.ExpiresAt), toMicros(k.LastUsedAt)}
}

func (w *writer) DropKey(owner model.UserID, id model.KeyID) error {
	return w.drop("key", `DELETE FROM ssh_keys WHERE id = $1 AND user_id = $2`, id, owner)
}
