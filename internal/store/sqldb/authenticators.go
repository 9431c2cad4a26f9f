package sqldb

import (
	"time"

	"roster.example/roster/internal/model"
)

const authenticatorColumns = `a.id, a.user_id, a.kind, a.name, a.credential_id, a.sealed, a.sealed_by, a.last_step, a.created_at, a.last_used_at`

func scanAuthenticator(from row) (a model.Authenticator, err error) {
	err = from.Scan(&a.ID, &a.User, &a.Kind, &a.Name, &a.CredentialID, &a.Sealed, &a.KeyID, &a.LastStep, scanTime(&a.CreatedAt), scanTime(&a.LastUsedAt))
	return a, err
}

func (r *reader) Authenticators(user model.UserID) ([]model.Authenticator, error) {
	return list(r, "authenticator", scanAuthenticator, `SELECT `+authenticatorColumns+` FROM authenticators a WHERE a.user_id = $1 ORDER BY a.id`, user)
}

func (r *reader) FactorKinds(users []model.UserID) (map[model.UserID][]model.AuthenticatorKind, error) {
	kinds := map[model.UserID][]model.AuthenticatorKind{}
	err := r.each("authenticator", func(from row) error {
		var id model.UserID
		var kind model.AuthenticatorKind
		err := from.Scan(&id, &kind)
		kinds[id] = append(kinds[id], kind)
		return err
	}, `SELECT DISTINCT user_id, kind FROM authenticators WHERE user_id `+r.engine.In("$1")+` ORDER BY user_id, kind`, r.engine.List(int64s(users)))
	return kinds, err
}

func (r *reader) AuthenticatorByCredential(credential []byte) (model.Authenticator, error) {
	return one(r, "authenticator", scanAuthenticator, `SELECT `+authenticatorColumns+` FROM authenticators a WHERE a.credential_id = $1`, credential)
}

func (r *reader) AuthenticatorsAfter(after model.AuthenticatorID, limit int) ([]model.Authenticator, error) {
	return list(r, "authenticator", scanAuthenticator, `SELECT `+authenticatorColumns+` FROM authenticators a WHERE a.id > $1
		ORDER BY a.id LIMIT $2`, after, limit)
}

func (w *writer) AddAuthenticator(a *model.Authenticator) error {
	return add(w, "authenticator", &a.ID, `INSERT INTO authenticators
		(user_id, kind, name, credential_id, sealed, sealed_by, last_step, created_at, last_used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		a.User, string(a.Kind), a.Name, bytesOrNull(a.CredentialID), a.Sealed, a.KeyID, a.LastStep, toMicros(a.CreatedAt), toMicros(a.LastUsedAt))
}

// bytesOrNull returns NULL for no bytes, because NULL does not violate uniqueness.
func bytesOrNull(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

func (w *writer) ChangeAuthenticator(a model.Authenticator) error {
	return w.change("authenticator", `UPDATE authenticators SET name = $3, sealed = $4, sealed_by = $5, last_used_at = $6 WHERE id = $1 AND user_id = $2`,
		a.ID, a.User, a.Name, a.Sealed, a.KeyID, toMicros(a.LastUsedAt))
}

func (w *writer) DropAuthenticator(user model.UserID, id model.AuthenticatorID) error {
	return w.drop("authenticator", `DELETE FROM authenticators WHERE id = $1 AND user_id = $2`, id, user)
}

func (w *writer) UseStep(user model.UserID, id model.AuthenticatorID, step int64, at time.Time) error {
	return w.change("authenticator", `UPDATE authenticators SET last_step = $3, last_used_at = $4 WHERE id = $1 AND user_id = $2 AND last_step < $3`,
		id, user, step, toMicros(at))
}

func scanRecoveryCode(from row) (c model.RecoveryCode, err error) {
	err = from.Scan(&c.User, &c.Hash, scanTime(&c.CreatedAt), scanTime(&c.UsedAt))
	return c, err
}

func (r *reader) RecoveryCodes(user model.UserID) ([]model.RecoveryCode, error) {
	return list(r, "recovery_code", scanRecoveryCode, `SELECT user_id, hash, created_at, used_at FROM recovery_codes WHERE user_id = $1 ORDER BY hash`, user)
}

func (w *writer) PutRecoveryCodes(user model.UserID, codes []model.RecoveryCode) error {
	if err := w.drop("recovery_code", `DELETE FROM recovery_codes WHERE user_id = $1`, user); err != nil {
		return err
	}
	for _, c := range codes {
		err := w.put("recovery_code", `INSERT INTO recovery_codes (user_id, hash, created_at, used_at) VALUES ($1, $2, $3, $4)`,
			user, c.Hash, toMicros(c.CreatedAt), toMicros(c.UsedAt))
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) UseRecoveryCode(user model.UserID, hash []byte, at time.Time) error {
	return w.change("recovery_code", `UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND hash = $2 AND used_at = 0`, user, hash, toMicros(at))
}

func scanCeremony(from row) (c model.Ceremony, err error) {
	err = from.Scan(&c.ID, &c.Kind, scanOptionalID(&c.User), &c.Sealed, scanTime(&c.ExpiresAt))
	return c, err
}

func (r *reader) CeremonyByHash(hash []byte) (model.Ceremony, error) {
	return one(r, "ceremony", scanCeremony, `SELECT id, kind, user_id, sealed, expires_at FROM ceremonies WHERE hash = $1`, hash)
}

func (w *writer) AddCeremony(c *model.Ceremony, hash []byte) error {
	return add(w, "ceremony", &c.ID, `INSERT INTO ceremonies (kind, user_id, sealed, expires_at, hash) VALUES ($1, $2, $3, $4, $5)`,
		string(c.Kind), optional(c.User), c.Sealed, toMicros(c.ExpiresAt), hash)
}

func (w *writer) DropCeremony(id model.CeremonyID) error {
	return w.change("ceremony", `DELETE FROM ceremonies WHERE id = $1`, id)
}

func (w *writer) DropCeremonies(user model.UserID) error {
	return w.drop("ceremony", `DELETE FROM ceremonies WHERE user_id = $1`, user)
}
