package sqlite

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"roster.example/roster/internal/model"
)

func countFound(t *testing.T, s model.Store, part string) int {
	t.Helper()
	var page model.Page[model.UserID]
	err := s.Read(t.Context(), func(tx model.Reader) (err error) {
		page, err = tx.Users(model.UserFilter{Search: part}, model.Visibility{All: true})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return page.Total
}

// openAtVersion opens a database with the schema of an earlier migration.
func openAtVersion(t *testing.T, path string, version int64) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestUsersOfAnEarlierVersionAreFound(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	db := openAtVersion(t, path, 2)
	for _, statement := range []string{
		`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
			INSERT INTO users (uid, username, username_key, name, name_key, given_name, family_name, state, admin, bio, skype, linkedin,
				twitter, website_url, company, time_zone, theme_id, color_scheme_id, projects_limit, can_create_group,
				created_at, updated_at, activated_at, last_activity)
			SELECT 'uid' || i, 'Villager' || i, 'villager' || i, '', '', '', '', 'active', 0, '', '', '', '', '', '', '', 0, 0, 0, 0, 0, 0, 0, 0 FROM n`,
		`INSERT INTO emails (user_id, address, address_key, is_primary, verified, created_at)
			SELECT id, username || '@Example.org', username_key || '@example.org', 1, 1, 0 FROM users`,
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := openOnDisk(t, path)
	for part, want := range map[string]int{"ville": 0, "villager": 2500, "ER2500@": 1, "2499": 1, "r25": 12, "": 2500} {
		if got := countFound(t, s, part); got != want {
			t.Errorf("search for %q finds %d, want %d", part, got, want)
		}
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestGramsAreSubstringsOfALine(t *testing.T) {
	t.Parallel()
	got := strings.Split(strings.TrimSpace(grams("émile t\n\nada\n")), "\n")
	want := []string{"émile", "mile ", "ile t", "le t", "e t", " t", "t", "ada", "da", "a"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSearchTextIsCoveredByGrams(t *testing.T) {
	t.Parallel()
	for part, want := range map[string]string{
		"garcia":                    `"garci" "arcia"`,
		"éçüñîôé12345":              `"éçüñî" "12345"`,
		`say "hello"!`:              `"say """ "llo""!"`,
		"a very long name of a bee": `"a ver" " long" "ame o" "a bee"`,
	} {
		if got := strings.Join(coveringGrams(part), " "); got != want {
			t.Errorf("%s is covered by %s, want %s", part, got, want)
		}
	}
}

// Filtered searches begin with the list of all matches, so its query must not read
// other users.
func TestSearchesUseGrams(t *testing.T) {
	t.Parallel()
	s := openVolatile(t)
	for _, part := range []string{"an", "garci", "garcia lorca"} {
		var args []any
		got := plan(t, s, searchQuery(part, func(value any) string { args = append(args, value); return "$" + string(rune('0'+len(args))) }), args...)
		if !strings.HasPrefix(got, "SCAN search_grams VIRTUAL TABLE INDEX 0:M") || strings.Contains(got, "SCAN t") {
			t.Errorf("search for %q:\n%s", part, got)
		}
	}
}

func TestSearchIndexIsMergedIntoOneSegment(t *testing.T) {
	t.Parallel()
	opened, err := Open(t.Context(), filepath.Join(t.TempDir(), "roster.db"), Options{Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	s := opened.(*store)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for i := range 7 {
		addUsers(t, s, i*500, 500)
	}
	if n := segments(t, s); n < 5 {
		t.Fatalf("%d pieces, too few for this test", n)
	}
	steps := 0
	for first, more := true, true; more; first = false {
		err := s.Update(t.Context(), func(tx model.Writer) (err error) {
			more, err = tx.MergeSearch(first)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if steps++; steps > 1000 {
			t.Fatal("it does not end")
		}
	}
	if n := segments(t, s); n != 1 {
		t.Errorf("%d pieces after %d steps", n, steps)
	}
	if n := countFound(t, s, "illager6"); n == 0 {
		t.Error("nobody is found")
	}
}

func segments(t *testing.T, s *store) (n int) {
	t.Helper()
	if err := s.read.QueryRowContext(t.Context(), engine().CountSegments).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func addUsers(t *testing.T, s model.Store, first, n int) {
	t.Helper()
	err := s.Update(t.Context(), func(tx model.Writer) error {
		var some []model.NewUserRecord
		for i := range n {
			name := "villager" + strconv.Itoa(first+i)
			some = append(some, model.NewUserRecord{User: &model.User{UID: "uid" + name, Username: name, State: model.Active}})
		}
		return tx.AddUsers(some)
	})
	if err != nil {
		t.Fatal(err)
	}
}
