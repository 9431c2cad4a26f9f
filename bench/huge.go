//go:build linux

package main

import (
	"context"
	"fmt"
)

// fillHuge writes n users with an address each, with SQL statements that generate the rows. Names are
// in alphabetical order, and there are no memberships and no search
// index. That is sufficient for pages, and takes minutes instead of an hour.
func (r *raw) fillHuge(ctx context.Context, n int, progress func(done int)) error {
	const batch = 100_000
	for first := 0; first < n; first += batch {
		last := min(first+batch, n) - 1
		for _, statement := range []string{hugeUsers, hugeEmails} {
			if _, err := r.ExecContext(ctx, statement, first, last); err != nil {
				return fmt.Errorf("raw: %w", err)
			}
		}
		progress(last + 1)
	}
	return nil
}

const hugeNumbers = `WITH RECURSIVE numbers (n) AS (SELECT $1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $2)
	INSERT INTO `

const hugeUsers = hugeNumbers + `users (uid, username, username_key, name, name_key, given_name, family_name,
	state, admin, bio, skype, linkedin, twitter, website_url, company, time_zone,
	theme_id, color_scheme_id, projects_limit, can_create_group, created_at, updated_at, activated_at, last_activity)
	SELECT printf('bench%012d', n), printf('huge%09d', n), printf('huge%09d', n), printf('Huge %09d', n), printf('huge %09d', n),
	'Huge', printf('%09d', n), 'active', FALSE, '', '', '', '', '', '', '',
	2, 1, 100000, TRUE, 1767323045000000, 1767323045000000, 1767323045000000, 0 FROM numbers`

const hugeEmails = hugeNumbers + `emails (user_id, address, address_key, is_primary, verified, created_at)
	SELECT (SELECT id FROM users WHERE uid = printf('bench%012d', n)), printf('huge%09d@example.org', n), printf('huge%09d@example.org', n),
	TRUE, TRUE, 1767323045000000 FROM numbers`
