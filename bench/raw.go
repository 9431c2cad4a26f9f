//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"roster.example/roster/bench/dataset"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/sqlite"
)

// raw is SQLite without Roster, with the same tables, indexes, driver and durability:
// a commit waits for the disk.
type raw struct {
	*sql.DB
	last atomic.Int64 // last id of a user and of an event
}

// openRaw creates a database at path with this number of connections for writing. They wait
// for each other without a limit.
func openRaw(ctx context.Context, path string, connections int) (*raw, error) {
	store, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(store.Update(ctx, addHome), store.Close()); err != nil {
		return nil, err
	}
	return connectRaw(path, connections, "synchronous(FULL)", "foreign_keys(1)", "temp_store(MEMORY)")
}

// connectRaw opens an existing database.
func connectRaw(path string, connections int, pragmas ...string) (*raw, error) {
	query := url.Values{"_txlock": {"immediate"}, "_pragma": append(pragmas, "busy_timeout(600000)", "journal_mode(WAL)")}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return &raw{DB: db}, nil
}

func addHome(tx model.Writer) error {
	return tx.AddOrganization(&model.Organization{Name: "Home", Slug: "home", Home: true})
}

// A rawRow is one row to be written.
type rawRow struct {
	insert string
	args   []any
}

// bornAt is a time in microseconds, as it is stored.
const bornAt = int64(1_767_323_045_000_000)

// rowsOf returns the rows that Roster stores for a user: the user, the address, the
// membership and the search text.
func rowsOf(id int64, p dataset.User) []rawRow {
	name := p.Name()
	found := strings.ToLower(name + "\n" + p.Username + "\n" + p.Email + "\n")
	return []rawRow{
		{`INSERT INTO users (id, uid, username, username_key, name, name_key, given_name, family_name, state, admin,
			bio, skype, linkedin, twitter, website_url, company, time_zone,
			theme_id, color_scheme_id, projects_limit, can_create_group, created_at, updated_at, activated_at, last_activity)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', FALSE, '', '', '', '', '', '', '', 2, 1, 100000, TRUE, $9, $9, $9, 0)`,
			[]any{id, dataset.UID(int(id)), p.Username, strings.ToLower(p.Username), name, strings.ToLower(name), p.Given, p.Family, bornAt}},
		{`INSERT INTO emails (user_id, address, address_key, is_primary, verified, created_at) VALUES ($1, $2, $3, TRUE, FALSE, $4)`,
			[]any{id, p.Email, strings.ToLower(p.Email), bornAt}},
		{`INSERT INTO members (organization_id, user_id, role_id, since) VALUES (1, $1, 2, $2)`, []any{id, bornAt}},
		{`INSERT INTO search (user_id, text) VALUES ($1, $2)`, []any{id, found}},
		{`INSERT INTO search_grams (rowid, grams) VALUES ($1, $2)`, []any{id, grams(found)}},
	}
}

// gramSize is the number of characters of a gram in the search index.
const gramSize = 5

// grams returns the grams of each line, as the search index of Roster has
// them.
func grams(text string) string {
	var all strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		for i := range line { // names are plain ASCII here
			all.WriteString(line[i:min(i+gramSize, len(line))] + "\n")
		}
	}
	return all.String()
}

// keyOf returns the row of the user's SSH key.
func keyOf(id int64, p dataset.User) rawRow {
	key := dataset.Key(int(id))
	sum := sha256.Sum256([]byte(key))
	return rawRow{`INSERT INTO ssh_keys (user_id, title, public, comment, fingerprint, type, bits, key_usage, created_at, expires_at, last_used_at)
		VALUES ($1, $2, $3, $2, $4, 'ssh-ed25519', 256, 'auth_and_signing', $5, 0, 0)`,
		[]any{id, p.Username, key, "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]), bornAt}}
}

// eventOf returns the row of the event that creates the user, without its hash.
func eventOf(id int64) rawRow {
	digest := make([]byte, sha256.Size)
	return rawRow{`INSERT INTO events (id, at, actor_id, real_id, credential, verb, target, target_id, user_id, organization_id,
		api, address, detail, previous, hash) VALUES ($1, $2, 0, 0, 'operator', 'user.create', 'user', $1, $1, 0, '', '', '', $3, $3)`,
		[]any{id, bornAt, digest}}
}

// headOf returns the row that every event changes.
func headOf(id int64) rawRow {
	return rawRow{`UPDATE event_head SET last_id = $1, last_hash = $2`, []any{id, make([]byte, sha256.Size)}}
}

// create is a writer with one transaction per user.
func (r *raw) create(ctx context.Context, i int) error {
	tx, err := r.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	id := r.last.Add(1)
	for _, row := range append(rowsOf(id, dataset.Size(1<<30).User(i)), eventOf(id), headOf(id)) {
		if _, err := tx.ExecContext(ctx, row.insert, row.args...); err != nil {
			return errors.Join(fmt.Errorf("raw: %w", err), tx.Rollback())
		}
	}
	return tx.Commit()
}

// bulk writes all users with prepared statements, and a commit for every ten
// thousand users. rows returns the rows of each.
func (r *raw) bulk(ctx context.Context, size dataset.Size, rows func(int64, dataset.User) []rawRow, progress func(done int)) error {
	const batch = 10_000
	for first := 0; first < int(size); first += batch {
		end := min(first+batch, int(size))
		if err := r.bulkBatch(ctx, size, first, end, rows); err != nil {
			return fmt.Errorf("raw: %w", err)
		}
		progress(end)
	}
	return nil
}

func (r *raw) bulkBatch(ctx context.Context, size dataset.Size, first, end int, rows func(int64, dataset.User) []rawRow) (err error) {
	tx, err := r.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	prepared := map[string]*sql.Stmt{}
	for i := first; i < end; i++ {
		for _, row := range rows(r.last.Add(1), size.User(i)) {
			s := prepared[row.insert]
			if s == nil {
				if s, err = tx.PrepareContext(ctx, row.insert); err != nil {
					return err
				}
				prepared[row.insert] = s
			}
			if _, err := s.ExecContext(ctx, row.args...); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

// imported returns the rows that an import writes for a user.
func imported(id int64, p dataset.User) []rawRow {
	return append(rowsOf(id, p), keyOf(id, p), eventOf(id))
}

// ownCPU returns the processor time of this process.
func ownCPU() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err) // getrusage(2) fails only for invalid arguments
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// merge merges the search index into one segment, as Roster does after an import
// and once a day.
func (r *raw) merge(ctx context.Context) error {
	_, err := r.ExecContext(ctx, `INSERT INTO search_grams (search_grams) VALUES ('optimize')`)
	return err
}
