package sqldb

import (
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

const userColumns = `u.id, u.uid, u.username, u.name, u.given_name, u.family_name, u.state, u.deactivated, u.service, u.admin, u.password_hash <> '',
	u.bio, u.skype, u.linkedin, u.twitter, u.website_url, u.company, u.time_zone,
	u.theme_id, u.color_scheme_id, u.projects_limit, u.can_create_group,
	u.created_at, u.updated_at, u.activated_at, u.last_activity, u.written_provider, u.written_extern_uid`

func scanUser(from row) (u model.User, err error) {
	err = from.Scan(userFields(&u)...)
	return u, err
}

// userFields returns the destinations of userColumns.
func userFields(u *model.User) []any {
	return []any{&u.ID, &u.UID, &u.Username, &u.Name, &u.GivenName, &u.FamilyName, &u.State, &u.Deactivated, &u.Service, &u.Admin, &u.HasPassword,
		&u.Bio, &u.Skype, &u.LinkedIn, &u.Twitter, &u.WebsiteURL, &u.Company, &u.TimeZone,
		&u.ThemeID, &u.ColorSchemeID, &u.ProjectsLimit, &u.CanCreateGroup,
		scanTime(&u.CreatedAt), scanTime(&u.UpdatedAt), scanTime(&u.ActivatedAt), scanTime(&u.LastActivity),
		&u.LastIdentity.Provider, &u.LastIdentity.ExternalUID}
}

// newUserColumns are the columns that a write sets.
const newUserColumns = `uid, username, username_key, name, name_key, given_name, family_name, state, admin,
	bio, skype, linkedin, twitter, website_url, company, time_zone,
	theme_id, color_scheme_id, projects_limit, can_create_group, created_at, updated_at, activated_at, last_activity, deactivated, service,
	written_provider, written_extern_uid, look_key`

// userValues are the values of newUserColumns.
func userValues(u model.User) []any {
	return []any{u.UID, u.Username, foldedOrNull(u.Username), u.Name, unitext.Fold(u.Name), u.GivenName, u.FamilyName, string(u.State), u.Admin,
		u.Bio, u.Skype, u.LinkedIn, u.Twitter, u.WebsiteURL, u.Company, u.TimeZone,
		u.ThemeID, u.ColorSchemeID, u.ProjectsLimit, u.CanCreateGroup,
		toMicros(u.CreatedAt), toMicros(u.UpdatedAt), toMicros(u.ActivatedAt), toMicros(u.LastActivity), u.Deactivated, u.Service,
		u.LastIdentity.Provider, u.LastIdentity.ExternalUID, lookKey(u.Username)}
}

func (r *reader) user(where string, args ...any) (model.User, error) {
	u, err := one(r, "user", scanUser, `SELECT `+userColumns+` FROM users u WHERE `+where, args...)
	if err != nil {
		return u, err
	}
	return r.whole(u)
}

// whole adds the values of a user from other tables.
func (r *reader) whole(u model.User) (_ model.User, err error) {
	if u.Emails, err = r.emails(u.ID); err != nil {
		return u, err
	}
	u.Identities, err = r.identities(u.ID)
	return u, err
}

func (r *reader) User(id model.UserID) (model.User, error) {
	return r.user(`u.id = $1`, id)
}

func (r *reader) UserByUID(uid string) (model.User, error) {
	return r.user(`u.uid = $1`, uid)
}

func (r *reader) UserByUsername(username string) (model.User, error) {
	return r.user(`u.username_key = $1`, foldedOrNull(username))
}

// UserByEmail reads the first and the last user with the address: they differ only for
// addresses of an older version (see the column collision).
func (r *reader) UserByEmail(address string) (model.User, error) {
	var last model.UserID
	u, err := one(r, "user", func(from row) (u model.User, err error) {
		err = from.Scan(append(userFields(&u), &last)...)
		return u, err
	}, `SELECT `+userColumns+`, (SELECT max(e.user_id) FROM emails e WHERE e.address_key = $1 AND NOT e.invited)
		FROM users u WHERE u.id = (SELECT min(e.user_id) FROM emails e WHERE e.address_key = $1 AND NOT e.invited)`, emailaddress.Key(address))
	if err != nil {
		return u, err
	}
	if last != u.ID {
		return model.User{}, model.AmbiguousAddressError(u.ID, last)
	}
	return r.whole(u)
}

func (r *reader) UserByIdentity(provider, externalUID string) (model.User, error) {
	return r.user(`u.id = (SELECT i.user_id FROM identities i WHERE i.provider = $1 AND i.extern_uid = $2)`, provider, externalUID)
}

func (r *reader) ActiveAdmins() (int, error) {
	return one(r, "user", scanInt, `SELECT count(*) FROM users WHERE admin AND state = 'active'`)
}

func (r *reader) LoginAdmins(besides model.UserID) (int, error) {
	return one(r, "user", scanInt, `SELECT count(*) FROM users
		WHERE admin AND state = 'active' AND NOT service AND password_hash <> '' AND id <> $1`, besides)
}

func (r *reader) PasswordOf(id model.UserID) (model.Password, error) {
	return one(r, "user", func(from row) (p model.Password, err error) {
		err = from.Scan(&p.Hash, &p.Version)
		return p, err
	}, `SELECT password_hash, password_version FROM users WHERE id = $1`, id)
}

// ForeignHashes reads the index users_foreign_hash alone, whose condition it repeats.
func (r *reader) ForeignHashes(after model.UserID, limit int) ([]model.ForeignHash, error) {
	return list(r, "user", func(from row) (h model.ForeignHash, err error) {
		err = from.Scan(&h.User, &h.Hash)
		return h, err
	}, `SELECT id, password_hash FROM users WHERE password_hash <> '' AND substr(password_hash, 1, 10) <> '$argon2id$' AND id > $1
		ORDER BY id LIMIT $2`, after, limit)
}

func (w *writer) AddUser(u *model.User) error {
	err := add(w, "user", &u.ID, `INSERT INTO users (`+newUserColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)`,
		userValues(*u)...)
	w.touch(u.ID)
	return err
}

func (w *writer) ChangeUser(u model.User) error {
	w.touch(u.ID)
	return w.change("user", `UPDATE users SET uid = $1, username = $2, username_key = $3, name = $4, name_key = $5,
		given_name = $6, family_name = $7, state = $8, admin = $9,
		bio = $10, skype = $11, linkedin = $12, twitter = $13, website_url = $14, company = $15, time_zone = $16,
		theme_id = $17, color_scheme_id = $18, projects_limit = $19, can_create_group = $20,
		created_at = $21, updated_at = $22, activated_at = $23, last_activity = $24, deactivated = $25, service = $26,
		written_provider = $27, written_extern_uid = $28, look_key = $29
		WHERE id = $30`, append(userValues(u), u.ID)...)
}

func (w *writer) DropUser(id model.UserID) error {
	w.touch(id)
	if err := w.drop("user", `DELETE FROM users WHERE id = $1`, id); err != nil {
		return err
	}
	return w.resolveCollisions()
}

func (w *writer) PutPassword(id model.UserID, hash string) error {
	return w.change("user", `UPDATE users SET password_hash = $2, password_version = password_version + 1 WHERE id = $1`, id, hash)
}

func (w *writer) UpgradePassword(id model.UserID, hash string) error {
	return w.change("user", `UPDATE users SET password_hash = $2 WHERE id = $1`, id, hash)
}

// RecordLastUse only moves times forward, because uses may be recorded late.
func (w *writer) RecordLastUse(seen []model.LastUse) error {
	for _, s := range seen {
		at := toMicros(s.At)
		err := w.put("user", `UPDATE users SET last_activity = $2 WHERE id = $1 AND last_activity < $2`, s.User, at)
		if err == nil {
			err = w.touchCredential(s, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) touchCredential(s model.LastUse, at int64) error {
	switch s.Credential {
	case model.ByAccessToken:
		return w.put("token", `UPDATE access_tokens SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2`, s.ID, at)
	case model.BySession:
		return w.put("session", `UPDATE sessions SET last_seen = $2 WHERE id = $1 AND last_seen < $2`, s.ID, at)
	case model.ByAPIKey:
		return w.put("api_key", `UPDATE api_keys SET last_used_at = $2 WHERE user_id = $1 AND last_used_at < $2`, s.User, at)
	}
	return nil
}
