package sqldb

import (
	"cmp"
	"slices"

	"roster.example/roster/internal/directory"
)

const emailColumns = `e.id, e.user_id, e.address, e.is_primary, e.verified, e.former, e.invited, e.claimed, e.created_at`

func scanEmail(from row) (e directory.Email, err error) {
	err = from.Scan(&e.ID, &e.User, &e.Address, &e.Primary, &e.Verified, &e.Former, &e.Invited, &e.Claimed, when(&e.CreatedAt))
	return e, err
}

func (r *reader) emails(user directory.UserID) ([]directory.Email, error) {
	return list(r, "email", scanEmail, `SELECT `+emailColumns+` FROM emails e WHERE e.user_id = $1
		ORDER BY e.is_primary DESC, e.id`, user)
}

// domainOf is the SQL for what stands behind the last @ of an address: rtrim takes
// every character but @ off the end, and so leaves the address up to there.
const domainOf = `substr(e.address_key, length(rtrim(e.address_key, replace(e.address_key, '@', ''))) + 1)`

func (r *reader) Domains() ([]directory.DomainCount, error) {
	counts, err := list(r, "email", func(from row) (c directory.DomainCount, err error) {
		err = from.Scan(&c.Domain, &c.Users)
		return c, err
	}, `SELECT `+domainOf+`, count(*) FROM emails e WHERE e.is_primary GROUP BY 1`)
	slices.SortFunc(counts, func(a, b directory.DomainCount) int {
		return cmp.Or(cmp.Compare(b.Users, a.Users), cmp.Compare(a.Domain, b.Domain))
	})
	return counts, err
}

func (w *writer) AddEmail(e *directory.Email) error {
	w.touch(e.User)
	return add(w, "email", &e.ID, `INSERT INTO emails (`+newEmailColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		emailValues(*e)...)
}

// newEmailColumns are the columns that emailValues fills.
const newEmailColumns = `user_id, address, address_key, is_primary, verified, former, invited, claimed, created_at`

func emailValues(e directory.Email) []any {
	return []any{e.User, e.Address, directory.Fold(e.Address), e.Primary, e.Verified, e.Former, e.Invited, e.Claimed, stamp(e.CreatedAt)}
}

func (w *writer) ChangeEmail(e directory.Email) error {
	w.touch(e.User)
	return w.change("email", `UPDATE emails SET address = $3, address_key = $4, is_primary = $5, verified = $6,
		former = $7, invited = $8, claimed = $9, created_at = $10 WHERE id = $1 AND user_id = $2`,
		e.ID, e.User, e.Address, directory.Fold(e.Address), e.Primary, e.Verified, e.Former, e.Invited, e.Claimed,
		stamp(e.CreatedAt))
}

func (w *writer) DropEmail(owner directory.UserID, id directory.EmailID) error {
	w.touch(owner)
	return w.drop("email", `DELETE FROM emails WHERE id = $1 AND user_id = $2`, id, owner)
}
