package sqldb

import (
	"cmp"
	"slices"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/model"
)

const emailColumns = `e.id, e.user_id, e.address, e.is_primary, e.verified, e.former, e.invited, e.claimed, e.created_at`

func scanEmail(from row) (e model.Email, err error) {
	err = from.Scan(&e.ID, &e.User, &e.Address, &e.Primary, &e.Verified, &e.PreviousPrimary, &e.Invited, &e.Claimed, scanTime(&e.CreatedAt))
	return e, err
}

func (r *reader) emails(user model.UserID) ([]model.Email, error) {
	return list(r, "email", scanEmail, `SELECT `+emailColumns+` FROM emails e WHERE e.user_id = $1
		ORDER BY e.is_primary DESC, e.id`, user)
}

// domainOf is the SQL for the text after the last @ of an address: rtrim removes all characters except @
// from its end, which leaves the address up to the @.
const domainOf = `substr(` + shownKey + `, length(rtrim(` + shownKey + `, replace(` + shownKey + `, '@', ''))) + 1)`

// shownKey is the key of an address with its domain in the letters of its own script.
const shownKey = `CASE WHEN e.address_text = '' THEN e.address_key ELSE e.address_text END`

func (r *reader) Domains() ([]model.DomainCount, error) {
	counts, err := list(r, "email", func(from row) (c model.DomainCount, err error) {
		err = from.Scan(&c.Domain, &c.Users)
		return c, err
	}, `SELECT `+domainOf+`, count(*) FROM emails e WHERE e.is_primary GROUP BY 1`)
	slices.SortFunc(counts, func(a, b model.DomainCount) int {
		return cmp.Or(cmp.Compare(b.Users, a.Users), cmp.Compare(a.Domain, b.Domain))
	})
	return counts, err
}

// DuplicateAddresses reads the index emails_collision first, which is usually empty.
func (r *reader) DuplicateAddresses(limit int) ([]model.DuplicateAddress, error) {
	var doubles []model.DuplicateAddress
	err := r.each("email", func(from row) error {
		var key string
		var user model.UserID
		err := from.Scan(&key, &user)
		if last := len(doubles) - 1; last >= 0 && doubles[last].Key == key {
			doubles[last].Users = append(doubles[last].Users, user)
		} else {
			doubles = append(doubles, model.DuplicateAddress{Key: key, Users: []model.UserID{user}})
		}
		return err
	}, `SELECT e.address_key, e.user_id FROM emails e WHERE NOT e.invited AND e.address_key IN (
			SELECT d.address_key FROM (SELECT DISTINCT address_key FROM emails WHERE collision <> 0) d
			JOIN emails o ON o.address_key = d.address_key AND NOT o.invited
			GROUP BY d.address_key HAVING count(DISTINCT o.user_id) > 1 ORDER BY d.address_key LIMIT CAST($1 AS BIGINT))
		GROUP BY e.address_key, e.user_id ORDER BY e.address_key, e.user_id`, limit)
	return doubles, err
}

func (w *writer) AddEmail(e *model.Email) error {
	w.touch(e.User)
	return add(w, "email", &e.ID, `INSERT INTO emails (`+newEmailColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		emailValues(*e)...)
}

// newEmailColumns are the columns of emailValues.
const newEmailColumns = `user_id, address, address_key, address_text, is_primary, verified, former, invited, claimed, created_at`

func emailValues(e model.Email) []any {
	key := emailaddress.Key(e.Address)
	return []any{e.User, e.Address, key, addressText(e.Address, key), e.Primary, e.Verified, e.PreviousPrimary, e.Invited, e.Claimed, toMicros(e.CreatedAt)}
}

// addressText returns "" if the key has the script of the address.
func addressText(address, key string) string {
	if text := emailaddress.Text(address); text != key {
		return text
	}
	return ""
}

func (w *writer) ChangeEmail(e model.Email) error {
	w.touch(e.User)
	err := w.change("email", `UPDATE emails SET user_id = $1, address = $2, address_key = $3, address_text = $4, is_primary = $5, verified = $6,
		former = $7, invited = $8, claimed = $9, created_at = $10, collision = CASE WHEN address_key = $3 THEN collision ELSE 0 END
		WHERE id = $11 AND user_id = $1`, append(emailValues(e), e.ID)...)
	if err != nil {
		return err
	}
	return w.resolveCollisions()
}

func (w *writer) DropEmail(owner model.UserID, id model.EmailID) error {
	w.touch(owner)
	if err := w.drop("email", `DELETE FROM emails WHERE id = $1 AND user_id = $2`, id, owner); err != nil {
		return err
	}
	return w.resolveCollisions()
}

// firstOfKey is the condition for the first row with a key, which has no collision. Without such a row, the
// unique index would accept another row with the key.
const firstOfKey = `NOT EXISTS (
	SELECT 1 FROM emails o WHERE o.address_key = emails.address_key AND NOT o.invited AND o.id <> emails.id
	AND (o.collision = 0 OR o.id < emails.id))`

// resolveCollisions ends the collision of each address that is now the first one with its key. It must
// run after every removal of an address. It reads the index emails_collision, which is usually empty.
func (w *writer) resolveCollisions() error {
	return w.put("email", `UPDATE emails SET collision = 0 WHERE collision <> 0 AND `+firstOfKey)
}
