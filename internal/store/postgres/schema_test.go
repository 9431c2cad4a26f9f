package postgres

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/postgres/pgtest"
	"roster.example/roster/internal/store/sqlite"
)

var update = flag.Bool("update", false, "write schema.sql anew")

// A table is described by lines of text, which must be equal for both engines.
type table []string

// rowsOf returns the rows of a query as text.
func rowsOf(t *testing.T, db *sql.DB, query string, args ...any) [][]string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	must(t, err)
	columns, err := rows.Columns()
	must(t, err)
	var all [][]string
	for rows.Next() {
		texts := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range texts {
			into[i] = &texts[i]
		}
		must(t, rows.Scan(into...))
		row := make([]string, len(columns))
		for i, text := range texts {
			row[i] = text.String
		}
		all = append(all, row)
	}
	must(t, rows.Err(), rows.Close())
	return all
}

func (tab *table) say(format string, args ...any) { *tab = append(*tab, fmt.Sprintf(format, args...)) }

// kind maps the types of both engines to one name.
func kind(engineType string) string {
	kinds := map[string]string{"INTEGER": "number", "BIGINT": "number", "TEXT": "text", "BOOLEAN": "boolean", "BLOB": "bytes", "BYTEA": "bytes"}
	return cmp.Or(kinds[strings.ToUpper(engineType)], engineType)
}

var added = regexp.MustCompile(`::\w+|[()]`)

// bare removes the parentheses and casts that PostgreSQL adds to an expression, and
// writes empty bytes and false in one form for both engines.
func bare(expression, engineType string) string {
	expression = added.ReplaceAllString(expression, "")
	switch expression = strings.ToLower(expression); {
	case expression == `'\x'`:
		return `x''`
	case kind(engineType) == "boolean" && expression == "0":
		return "false"
	}
	return expression
}

func sorted(tables map[string]*table) map[string]*table {
	for _, tab := range tables {
		slices.Sort(*tab)
	}
	return tables
}

// sqliteTables omits the full-text indexes, which differ: the table search_grams of SQLite,
// the index search_text of PostgreSQL.
func sqliteTables(t *testing.T, db *sql.DB) map[string]*table {
	t.Helper()
	tables := map[string]*table{}
	for _, row := range rowsOf(t, db, `SELECT name, sql FROM sqlite_master WHERE type = 'table'
		AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%' AND name NOT LIKE 'search_grams%'`) {
		name, made := row[0], row[1]
		tab := &table{}
		tables[name] = tab
		var key []string
		for _, c := range rowsOf(t, db, `SELECT name, type, "notnull" <> 0 OR pk > 0, dflt_value, pk FROM pragma_table_info($1) ORDER BY pk`, name) {
			tab.say("column %s %s, required %v, default %q", c[0], kind(c[1]), c[2] == "1", bare(c[3], c[1]))
			if c[4] != "0" {
				key = append(key, c[0])
			}
		}
		tab.say("primary key %v, never again %v", key, strings.Contains(made, "AUTOINCREMENT"))
		tab.sqliteIndexes(t, db, name)
		for _, f := range rowsOf(t, db, `SELECT "from", "table", "to", on_delete FROM pragma_foreign_key_list($1)`, name) {
			tab.say("%s refers to %s %s, on deletion %s", f[0], f[1], f[2], f[3])
		}
	}
	return sorted(tables)
}

func (tab *table) sqliteIndexes(t *testing.T, db *sql.DB, name string) {
	t.Helper()
	for _, x := range rowsOf(t, db, `SELECT l.name, l."unique", l.origin, m.sql,
		(SELECT group_concat(i.name, ' ') FROM pragma_index_info(l.name) i)
		FROM pragma_index_list($1) l LEFT JOIN sqlite_master m ON m.name = l.name WHERE l.origin <> 'pk'`, name) {
		_, where, _ := strings.Cut(x[3], " WHERE ")
		own := ""
		if x[2] == "c" {
			own = x[0]
		}
		tab.say("index %s on [%s], unique %v, where %q", own, x[4], x[1] == "1", bare(where, ""))
	}
}

func postgresTables(t *testing.T, db *sql.DB) map[string]*table {
	t.Helper()
	tables := map[string]*table{}
	at := func(name string) *table {
		if tables[name] == nil {
			tables[name] = &table{}
		}
		return tables[name]
	}
	for _, c := range rowsOf(t, db, `SELECT c.relname, a.attname, format_type(a.atttypid, NULL), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
		WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname NOT LIKE 'goose%'`) {
		at(c[0]).say("column %s %s, required %v, default %q", c[1], kind(c[2]), c[3] == "true", bare(c[4], c[2]))
	}
	for _, x := range rowsOf(t, db, `SELECT t.relname, CASE WHEN k.oid IS NULL THEN c.relname END, i.indisunique, i.indisprimary,
		pg_get_expr(i.indpred, i.indrelid),
		(SELECT string_agg(a.attname, ' ' ORDER BY n) FROM unnest(i.indkey) WITH ORDINALITY u (attnum, n)
			JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = u.attnum),
		EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attidentity <> '')
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
		LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u')
		WHERE c.relnamespace = current_schema()::regnamespace AND t.relname NOT LIKE 'goose%' AND c.relname <> 'search_text'`) {
		if x[3] == "true" {
			at(x[0]).say("primary key %v, never again %v", strings.Fields(x[5]), x[6] == "true")
			continue
		}
		at(x[0]).say("index %s on [%s], unique %v, where %q", x[1], x[5], x[2] == "true", bare(x[4], ""))
	}
	for _, f := range rowsOf(t, db, `SELECT t.relname, a.attname, p.relname, b.attname,
		CASE f.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE f.confdeltype::text END
		FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
		JOIN pg_attribute a ON a.attrelid = t.oid AND ARRAY[a.attnum] = f.conkey
		JOIN pg_attribute b ON b.attrelid = p.oid AND ARRAY[b.attnum] = f.confkey
		WHERE f.contype = 'f' AND f.connamespace = current_schema()::regnamespace`) {
		at(f[0]).say("%s refers to %s %s, on deletion %s", f[1], f[2], f[3], f[4])
	}
	return sorted(tables)
}

// newDatabases returns an empty database of each engine, with direct connections.
func newDatabases(t *testing.T) (lite, post *sql.DB, stores []model.Store) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roster.db")
	embedded, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	must(t, err)
	lite, err = sql.Open("sqlite", "file:"+path+"?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)")
	must(t, err)
	t.Cleanup(func() { must(t, lite.Close(), embedded.Close()) })
	s := node(t, pgtest.Schema(t))
	return lite, s.read, []model.Store{embedded, s}
}

func TestEnginesEndWithTheSameTables(t *testing.T) {
	t.Parallel()
	lite, post, _ := newDatabases(t)
	want := sqliteTables(t, lite)
	if diff := gocmp.Diff(want, postgresTables(t, post)); diff != "" {
		t.Errorf("-SQLite +PostgreSQL:\n%s", diff)
	}
	if len(want) < 15 || len(*want["users"]) < 20 {
		t.Errorf("only %d tables were compared", len(want))
	}
	roles := "SELECT id, organization_id, name, name_key, created_at FROM roles ORDER BY id"
	if diff := gocmp.Diff(rowsOf(t, lite, roles), rowsOf(t, post, roles)); diff != "" {
		t.Errorf("built-in roles, -SQLite +PostgreSQL:\n%s", diff)
	}
	head := "SELECT id, last_id, last_hash FROM event_head"
	if diff := gocmp.Diff(rowsOf(t, lite, head), rowsOf(t, post, head)); diff != "" {
		t.Errorf("the head of the events, -SQLite +PostgreSQL:\n%s", diff)
	}
}

// populate writes a row to each table with a check constraint.
func populate(s model.Store) error {
	return s.Update(context.Background(), func(tx model.Writer) error {
		u := model.User{UID: "ada", Username: "ada", State: model.Active}
		o := model.Organization{Name: "Home", Slug: "home", Default: model.RoleMember}
		if err := errors.Join(tx.AddUser(&u), tx.AddOrganization(&o)); err != nil {
			return err
		}
		return errors.Join(
			tx.AddEmail(&model.Email{User: u.ID, Address: "ada@example.org"}),
			tx.AddRole(&model.Role{Org: o.ID, Name: "Auditor"}),
			tx.AddProject(&model.Project{Org: o.ID, Permalink: "engine", Status: "active"}),
			tx.AddKey(&model.SSHKey{Owner: u.ID, Fingerprint: "SHA256:a", Usage: "auth"}),
			tx.AddSession(&model.Session{User: u.ID, Kind: model.WekanLogin}, []byte("s")),
			tx.AddInvitation(&model.Invitation{Org: o.ID, Role: model.RoleMember, Email: "bea@example.org"}, []byte("i")),
			tx.AddLink(&model.Link{Purpose: model.Setup}, []byte("l")),
			tx.AddAuthenticator(&model.Authenticator{User: u.ID, Kind: model.TOTPAuthenticator, Sealed: []byte("s")}),
			tx.AddCeremony(&model.Ceremony{Kind: model.EnrolTOTP, User: u.ID, Sealed: []byte("s")}, []byte("c")),
			tx.PutKeyCheck(model.KeyCheck{KeyID: "k"}),
			tx.PutInstallation(model.Installation{UID: "i"}),
			tx.AddDeliveries([]model.Delivery{{Webhook: 1, Event: 1, Verb: model.UserCreate, State: model.Pending}}),
		)
	})
}

// Each statement violates one check constraint. A constraint that no statement violates is found
// by its name on PostgreSQL, and by the number of constraints on SQLite.
func TestEnginesRejectTheSameRows(t *testing.T) {
	t.Parallel()
	lite, post, stores := newDatabases(t)
	for _, s := range stores {
		must(t, populate(s))
	}
	broken := map[string]bool{}
	for _, statement := range []string{
		"UPDATE users SET uid = ''", "UPDATE users SET username_key = ''", "UPDATE users SET username = ''",
		"UPDATE users SET username_key = NULL", "UPDATE users SET state = 'odd'",
		"UPDATE emails SET address_key = ''", "UPDATE emails SET invited = true, verified = true",
		"UPDATE organizations SET name_key = ''", "UPDATE organizations SET slug = ''", "UPDATE organizations SET slug = 'A'",
		"UPDATE organizations SET slug = 'a_b'", "UPDATE organizations SET slug = 'é'",
		"UPDATE roles SET name_key = '' WHERE id = 4",
		"UPDATE projects SET permalink = ''", "UPDATE projects SET status = 'odd'",
		"UPDATE ssh_keys SET fingerprint = ''", "UPDATE ssh_keys SET key_usage = 'odd'",
		"UPDATE sessions SET kind = 'odd'", "UPDATE links SET purpose = 'odd'",
		"UPDATE authenticators SET kind = 'odd'", "UPDATE ceremonies SET kind = 'odd'",
		"UPDATE invitations SET role_id = NULL", "UPDATE event_head SET id = 2",
		"UPDATE key_check SET id = 2", "UPDATE event_start SET id = 2", "UPDATE installation SET id = 2", "UPDATE deliveries SET state = 'odd'",
	} {
		if _, err := lite.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "CHECK constraint failed") {
			t.Errorf("%s: SQLite says %v", statement, err)
		}
		_, err := post.ExecContext(t.Context(), statement)
		e, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || e.Code != "23514" {
			t.Errorf("%s: PostgreSQL says %v", statement, err)
			continue
		}
		broken[e.ConstraintName] = true
	}
	checks := rowsOf(t, post, "SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = current_schema()::regnamespace")
	for _, check := range checks {
		if !broken[check[0]] {
			t.Errorf("nothing breaks %s", check[0])
		}
	}
	made := ""
	for _, row := range rowsOf(t, lite, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'goose_%'") {
		made += row[0]
	}
	if n := strings.Count(made, "CHECK (") - strings.Count(made, "IN (0, 1))"); n != len(checks) {
		t.Errorf("SQLite has %d checks that are not about booleans, PostgreSQL %d", n, len(checks))
	}
}

func TestEveryUniqueIndexHasAName(t *testing.T) {
	t.Parallel()
	db := node(t, pgtest.Schema(t)).read
	names := map[string]bool{"events_pkey": true}
	for _, row := range rowsOf(t, db, `SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
		WHERE i.indisunique AND NOT i.indisprimary AND c.relnamespace = current_schema()::regnamespace AND c.relname NOT LIKE 'goose%'`) {
		names[row[0]] = true
		if fields()[row[0]] == "" {
			t.Errorf("%s has no name in the directory's vocabulary", row[0])
		}
	}
	for name := range fields() {
		if !names[name] {
			t.Errorf("%s does not exist", name)
		}
	}
}

// schema.sql is the schema after all migrations.
func TestSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	got := schema(t, node(t, pgtest.Schema(t)).read)
	if *update {
		must(t, os.WriteFile("schema.sql", []byte(got), 0o644))
	}
	want, err := os.ReadFile("schema.sql")
	must(t, err)
	if diff := gocmp.Diff(string(want), got); diff != "" {
		t.Errorf("schema.sql is not what the migrations make; run make golden (-want +got):\n%s", diff)
	}
}

func schema(t *testing.T, db *sql.DB) string {
	t.Helper()
	text := "-- Written by the test of this package (make golden): what the migrations make.\n"
	own := rowsOf(t, db, "SELECT current_schema()")[0][0]
	for _, row := range rowsOf(t, db, `SELECT oid, relname FROM pg_class WHERE relkind = 'r'
		AND relnamespace = current_schema()::regnamespace AND relname NOT LIKE 'goose%' ORDER BY relname`) {
		var lines []string
		for _, line := range rowsOf(t, db, `SELECT format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
				|| CASE WHEN l.collname <> 'default' THEN format(' COLLATE %I', l.collname) ELSE '' END
				|| CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
				|| CASE a.attidentity WHEN 'd' THEN ' GENERATED BY DEFAULT AS IDENTITY' WHEN 'a' THEN ' GENERATED ALWAYS AS IDENTITY' ELSE '' END
				|| coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
			FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
			LEFT JOIN pg_collation l ON l.oid = a.attcollation
			WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`, row[0]) {
			lines = append(lines, "    "+line[0])
		}
		for _, line := range rowsOf(t, db, `SELECT format('CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint
			WHERE conrelid = $1::oid ORDER BY conname`, row[0]) {
			lines = append(lines, "    "+line[0])
		}
		text += fmt.Sprintf("\nCREATE TABLE %s (\n%s\n);\n", row[1], strings.Join(lines, ",\n"))
		for _, line := range rowsOf(t, db, `SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid = $1::oid
			AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u')) ORDER BY 1`, row[0]) {
			text += strings.ReplaceAll(line[0], own+".", "") + ";\n"
		}
	}
	return text
}
