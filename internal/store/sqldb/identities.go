package sqldb

import "roster.example/roster/internal/model"

func scanIdentity(from row) (i model.Identity, err error) {
	err = from.Scan(&i.User, &i.Provider, &i.ExternalUID)
	return i, err
}

func (r *reader) identities(user model.UserID) ([]model.Identity, error) {
	return list(r, "identity", scanIdentity, `SELECT user_id, provider, extern_uid FROM identities WHERE user_id = $1
		ORDER BY provider`, user)
}

func (w *writer) PutIdentity(i model.Identity) error {
	return w.put("identity", `INSERT INTO identities (user_id, provider, extern_uid) VALUES ($1, $2, $3)
		ON CONFLICT (user_id, provider) DO UPDATE SET extern_uid = excluded.extern_uid`, identityValues(i)...)
}

func identityValues(i model.Identity) []any { return []any{i.User, i.Provider, i.ExternalUID} }

func (w *writer) DropIdentity(user model.UserID, provider string) error {
	return w.drop("identity", `DELETE FROM identities WHERE user_id = $1 AND provider = $2`, user, provider)
}
