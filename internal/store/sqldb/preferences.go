package sqldb

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func scanPreferences(from row) (p model.Preferences, err error) {
	err = from.Scan(&p.Language, &p.Theme, &p.TimeZone, &p.NoSignInNotice)
	return p, err
}

func (r *reader) Preferences(user model.UserID) (model.Preferences, error) {
	p, err := one(r, "preferences", scanPreferences, `SELECT language, theme, time_zone, no_sign_in_notice FROM preferences WHERE user_id = $1`, user)
	if fault.KindOf(err) == fault.NotFound {
		return model.Preferences{}, nil
	}
	return p, err
}

func (w *writer) PutPreferences(user model.UserID, p model.Preferences) error {
	return w.change("user", `INSERT INTO preferences (user_id, language, theme, time_zone, no_sign_in_notice) SELECT id, $2, $3, $4, $5 FROM users WHERE id = $1
		ON CONFLICT (user_id) DO UPDATE SET language = excluded.language, theme = excluded.theme, time_zone = excluded.time_zone, no_sign_in_notice = excluded.no_sign_in_notice`,
		user, p.Language, p.Theme, p.TimeZone, p.NoSignInNotice)
}

func scanNoticeAddress(from row) (a model.NoticeAddress, err error) {
	err = from.Scan(&a.User, &a.Address, scanTime(&a.EndsAt))
	return a, err
}

func (r *reader) NoticeAddresses(user model.UserID) ([]model.NoticeAddress, error) {
	return list(r, "notice_address", scanNoticeAddress, `SELECT user_id, address, ends_at FROM notice_addresses WHERE user_id = $1 ORDER BY address`, user)
}

func (w *writer) PutNoticeAddress(a model.NoticeAddress) error {
	return w.put("notice_address", `INSERT INTO notice_addresses (user_id, address, ends_at) VALUES ($1, $2, $3)
		ON CONFLICT (user_id, address) DO UPDATE SET ends_at = excluded.ends_at`, a.User, a.Address, toMicros(a.EndsAt))
}

func (w *writer) DropNoticeAddresses(user model.UserID) error {
	return w.drop("notice_address", `DELETE FROM notice_addresses WHERE user_id = $1`, user)
}
