package postgres

import (
	"net/url"
	"os"
	"strings"
	"testing"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/postgres/pgtest"
)

// Users that are not in the search index yet have an empty text in the table search, such as
// all users from before the table existed.
func TestUsersMissingInTheSearchIndexAreAddedAtStart(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	s := node(t, address)
	mustAdd(t, s, "villager")
	must(t, s.Close(), otherSession(t, address)("UPDATE search SET text = ''"))
	var page model.Page[model.UserID]
	must(t, node(t, address).Read(t.Context(), func(tx model.Reader) (err error) {
		page, err = tx.Users(model.UserFilter{Search: "LAGE"}, model.Visibility{All: true})
		return err
	}))
	if page.Total != 1 {
		t.Errorf("found %d, want 1", page.Total)
	}
}

func TestMissingPermissionToCreateTheExtensionIsExplained(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	role := "role_" + strings.TrimPrefix(databaseOf(t, address), "roster_test_")
	must(t, pgtest.Exec(os.Getenv(pgtest.Variable), "CREATE ROLE "+role))
	t.Cleanup(func() {
		must(t, pgtest.Exec(address, "DROP OWNED BY "+role), pgtest.Exec(address, "DROP ROLE "+role))
	})
	must(t, pgtest.Exec(address, "CREATE SCHEMA AUTHORIZATION "+role))
	as := address + "&role=" + role + "&search_path=" + role
	_, err := Open(t.Context(), as, Options{})
	if err == nil || !strings.Contains(err.Error(), "have the owner of the database run CREATE EXTENSION pg_trgm in it") {
		t.Fatalf("got %v, want it to say what to do", err)
	}
	must(t, pgtest.Exec(address, "CREATE SCHEMA elsewhere", "CREATE EXTENSION pg_trgm SCHEMA elsewhere",
		"GRANT USAGE ON SCHEMA elsewhere TO "+role))
	node(t, as)
}

func databaseOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	return strings.TrimPrefix(u.Path, "/")
}
