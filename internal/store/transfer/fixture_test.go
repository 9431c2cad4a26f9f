package transfer_test

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/role"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/webhook"
)

func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func location(t testing.TB, text string) app.Location {
	t.Helper()
	p, err := app.ParseLocation(text)
	must(t, err)
	return p
}

// noProgress displays nothing.
func noProgress(string, int64) (func(int64), func()) { return func(int64) {}, func() {} }

// migrate migrates a directory, which must succeed.
func migrate(t testing.TB, from, to string) app.MigrateResult {
	t.Helper()
	moved, err := app.Migrate(t.Context(), location(t, from), location(t, to), noProgress)
	must(t, err)
	return moved
}

// wantMigrateError reports an error of the test unless the migration fails with an error that contains want.
func wantMigrateError(t testing.TB, from, to, want string) {
	t.Helper()
	_, err := app.Migrate(t.Context(), location(t, from), location(t, to), noProgress)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// openApp opens a directory as a server does. at is a data folder or the address of a database, which
// is opened with the key file of folder.
func openApp(t testing.TB, at, folder string) *app.App {
	t.Helper()
	flags := map[string]string{"data": folder, "password.memory_kib": "8192", "password.time": "1"}
	if at != folder {
		flags["database"] = at
	}
	cfg, err := config.Load(config.Sources{Flags: flags})
	must(t, err)
	a, err := app.Open(context.Background(), cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	return a
}

// folderWithKeyOf returns a new data folder with a copy of the key file of another one, for a node of a
// PostgreSQL database. The other folder cannot be used, because its anchor belongs to another database.
func folderWithKeyOf(t testing.TB, folder string) string {
	t.Helper()
	node := t.TempDir()
	text, err := os.ReadFile(filepath.Join(folder, "secret.key"))
	must(t, err, os.WriteFile(filepath.Join(node, "secret.key"), text, 0o600))
	return node
}

// credentialSet has all credentials of the user bea.
type credentialSet struct {
	password, token, key, session secret.Text
	last                          model.UserID // the greatest id that any user has had
}

const password = "correct horse"

// newDirectory creates a directory with rows in every table, in a new folder.
func newDirectory(t testing.TB) (folder string, who credentialSet) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "data")
	a := openApp(t, folder, folder)
	who = populate(t, a.Directory)
	must(t, a.Close())
	execIn(t, folder, "INSERT INTO imports (name, line, digest, accepted, refused, at) VALUES ('people.csv', 7, x'00ff', 6, 1, 1)")
	execIn(t, folder, "INSERT INTO answers (user_id, name, request, sealed, ends_at) SELECT min(id), 'once', x'00', x'01ff', 1 FROM users")
	execIn(t, folder, "INSERT INTO authenticators (user_id, kind, name, credential_id, sealed, sealed_by, last_step, created_at, last_used_at) SELECT id, 'passkey', 'Laptop', x'00ff', x'01ff', 'k', 7, 1, 2 FROM users WHERE username = 'ada'")
	execIn(t, folder, "INSERT INTO recovery_codes (user_id, hash, created_at, used_at) SELECT id, x'00ff', 1, 2 FROM users WHERE username = 'ada'")
	execIn(t, folder, "INSERT INTO ceremonies (kind, user_id, sealed, expires_at, hash) VALUES ('assert_passkey', NULL, x'01ff', 1, x'00ff')")
	execIn(t, folder, "INSERT INTO preferences (user_id, language, theme, time_zone, no_sign_in_notice) SELECT id, 'de', 'dark', 'Europe/Berlin', 1 FROM users WHERE username = 'ada'")
	execIn(t, folder, "INSERT INTO notice_addresses (user_id, address, ends_at) SELECT id, 'former@example.org', 1 FROM users WHERE username = 'ada'")
	return folder, who
}

func populate(t testing.TB, d *directory.Directory) (who credentialSet) {
	t.Helper()
	ctx, op := t.Context(), model.Operator()
	orgs, err := d.Organizations(ctx, op)
	must(t, err)
	home := orgs[0].ID
	role, err := d.CreateRole(ctx, op, role.NewRole{Org: home, Name: "Auditor", Permissions: []model.Permission{model.MembersManage, model.UsersRead}, Default: true})
	must(t, err)
	_, err = d.CreateAdministrator(ctx, op, directory.Administrator{Username: "ada", Email: "ada@example.org", Password: password})
	must(t, err)
	bea, err := d.CreateUser(ctx, op, directory.NewUser{
		Username: "bea", Email: "Bea@Example.org", Password: password, Names: model.Names{}.WithName("Béa Ångström 🎷 \"O'Neil\"\\"),
		Limits: model.DefaultLimits(), Identity: model.Identity{Provider: "ldap", ExternalUID: "uid=bea,dc=example"}, Notify: true, Role: role.ID,
	})
	must(t, err)
	who = addCredentials(t, d, bea)
	_, err = d.AddEmail(ctx, op, bea.ID, "second@example.org")
	must(t, err)
	p, err := d.CreateProject(ctx, op, project.NewProject{Org: home, Name: "Engine"})
	must(t, err)
	err = d.Assign(ctx, op, home, p.Permalink, []model.UserID{bea.ID})
	must(t, err)
	_, err = d.Invite(ctx, op, invitation.NewInvitation{
		Org: home, Email: "cid@example.org", GivenName: "Cid", FamilyName: "Campeador", MakeUser: true, Projects: []model.ProjectID{p.ID},
	})
	must(t, err)
	_, err = d.ForgotPassword(ctx, model.AnonymousActor(model.PM415, "192.0.2.1", ""), "bea@example.org")
	must(t, err)
	_, _, err = d.CreateWebhook(ctx, op, webhook.NewWebhook{URL: "https://receiver.example.org/", Verbs: []model.Verb{"user."}})
	must(t, err)
	gone, err := d.CreateUser(ctx, op, directory.NewUser{Username: "gone", Email: "gone@example.org", Names: model.Names{}.WithName("Gone"), Limits: model.DefaultLimits()})
	must(t, err)
	_, err = d.DeleteUser(ctx, op, gone.ID)
	must(t, err)
	who.last = gone.ID
	return who
}

// addCredentials adds a credential of each kind to a user, and a failed login of another user.
func addCredentials(t testing.TB, d *directory.Directory, u model.User) credentialSet {
	t.Helper()
	ctx, op, caller := t.Context(), model.Operator(), model.AnonymousActor(model.Wekan, "192.0.2.7", "")
	who := credentialSet{password: password}
	var err error
	_, who.token, err = d.CreateToken(ctx, op, credential.NewToken{Owner: u.ID, Name: "ci", Scopes: model.Scopes{model.ScopeAPI}})
	must(t, err)
	who.key, err = d.RotateAPIKeyOf(ctx, op, u.ID)
	must(t, err)
	_, err = d.AddKey(ctx, op, u.ID, model.NewKey{Title: "laptop", Key: sshKey(t)})
	must(t, err)
	made, err := d.LogIn(ctx, caller, login.Attempt{Name: "bea", Password: password}, model.WekanLogin)
	must(t, err)
	who.session = made.Token
	if _, _, err := d.CheckPassword(ctx, caller, login.Attempt{Name: "ada", Password: "guessed"}); err == nil {
		t.Fatal("a wrong password was accepted")
	}
	return who
}

func sshKey(t testing.TB) string {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	must(t, err)
	key, err := ssh.NewPublicKey(public)
	must(t, err)
	return string(ssh.MarshalAuthorizedKey(key))
}

// check authenticates with every credential, searches for the user, and creates a user, which must get an id
// that was never used.
func (who credentialSet) check(t testing.TB, d *directory.Directory) {
	t.Helper()
	ctx, caller := t.Context(), model.AnonymousActor(model.Wekan, "192.0.2.8", "")
	if u, _, err := d.CheckPassword(ctx, caller, login.Attempt{Name: "BEA@example.org", Password: who.password}); err != nil || u.Username != "bea" {
		t.Errorf("password: got %q, %v", u.Username, err)
	}
	for what, text := range map[string]secret.Text{"token": who.token, "API key": who.key, "session": who.session} {
		actor, err := d.Authenticate(ctx, caller, directory.Credential{Secret: text})
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if me, err := d.Me(ctx, actor); err != nil || me.Username != "bea" || len(me.Identities) != 1 {
			t.Errorf("%s: got %+v, %v", what, me, err)
		}
		if shown, err := d.APIKey(ctx, actor); what != "token" && (err != nil || shown != who.key) {
			t.Errorf("%s: the API key cannot be read any more: %v", what, err)
		}
	}
	found, err := d.ManagedUsers(ctx, model.Operator(), model.UserFilter{Search: "ÅNGSTR"})
	if err != nil || len(found.Items) != 1 || found.Total != 1 {
		t.Errorf("a search found %+v, %v", found, err)
	}
	next, err := d.CreateUser(ctx, model.Operator(), directory.NewUser{Username: "next", Email: "next@example.org", Names: model.Names{}.WithName("Next"), Limits: model.DefaultLimits()})
	if err != nil || next.ID != who.last+1 {
		t.Errorf("the next user has id %d, want %d: %v", next.ID, who.last+1, err)
	}
}

// execIn runs statements on the database of a folder that is not open.
func execIn(t testing.TB, folder string, statements ...string) {
	t.Helper()
	db := database(t, folder)
	for _, s := range statements {
		_, err := db.ExecContext(t.Context(), s)
		must(t, err)
	}
	must(t, db.Close())
}

func database(t testing.TB, folder string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(folder, "roster.db"))
	must(t, err)
	return db
}

// dump returns every row of every table as text, and the last ids, without the record of migrations.
func dump(t testing.TB, folder string) map[string][]string {
	t.Helper()
	db := database(t, folder)
	all := map[string][]string{}
	for _, name := range lines(t, db, `SELECT m.name FROM sqlite_master m JOIN pragma_table_list() l ON l.name = m.name
		WHERE m.type = 'table' AND l.type = 'table' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%'`) {
		all[name] = lines(t, db, fmt.Sprintf("SELECT * FROM %q ORDER BY 1, 2", name))
	}
	all["sqlite_sequence"] = lines(t, db, "SELECT name, seq FROM sqlite_sequence WHERE name NOT LIKE 'goose%' AND seq > 0 ORDER BY name")
	must(t, db.Close())
	return all
}

// lines returns the rows of a query as text, with the types of their values.
func lines(t testing.TB, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	must(t, err)
	columns, err := rows.ColumnTypes()
	must(t, err)
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		must(t, rows.Scan(into...))
		line := ""
		for _, value := range row {
			if text, ok := value.(string); ok && len(row) == 1 {
				line += text
				continue
			}
			line += fmt.Sprintf("%#v|", value)
		}
		all = append(all, line)
	}
	must(t, rows.Err(), rows.Close())
	return all
}

// files returns the names in a folder, without the lock.
func files(t testing.TB, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	must(t, err)
	for _, e := range entries {
		if e.Name() != "roster.lock" {
			names = append(names, e.Name())
		}
	}
	return names
}
