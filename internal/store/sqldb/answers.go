package sqldb

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func (r *reader) StoredResponse(user model.UserID, key string) (model.StoredResponse, error) {
	return one(r, "answer", func(from row) (a model.StoredResponse, err error) {
		err = from.Scan(&a.User, &a.Key, &a.Request, &a.Sealed, scanTime(&a.ExpiresAt))
		return a, err
	}, `SELECT user_id, name, request, sealed, ends_at FROM answers WHERE user_id = $1 AND name = $2`, user, key)
}

// AddStoredResponse replaces a response that has expired.
func (w *writer) AddStoredResponse(a model.StoredResponse) error {
	n, err := w.exec("answer", `INSERT INTO answers (user_id, name, request, sealed, ends_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (user_id, name) DO UPDATE SET request = excluded.request, sealed = excluded.sealed, ends_at = excluded.ends_at
		WHERE answers.ends_at <= $6`, a.User, a.Key, a.Request, []byte{}, toMicros(a.ExpiresAt), toMicros(a.ReservedAt))
	if err == nil && n == 0 {
		w.failed = &fault.Error{Kind: fault.Conflict, Fields: []fault.Field{{Name: "answer", Code: fault.Taken}}}
		return w.failed
	}
	return err
}

func (w *writer) PutStoredResponse(user model.UserID, key string, sealed []byte) error {
	return w.put("answer", `UPDATE answers SET sealed = $3 WHERE user_id = $1 AND name = $2`, user, key, sealed)
}
