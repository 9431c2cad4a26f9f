package sqlite

import (
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/filter"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/sqldb"
)

// plan returns the query plan of SQLite, a line for each step.
func plan(t *testing.T, s *store, query string, args ...any) string {
	t.Helper()
	rows, err := s.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(steps, "\n")
}

func TestListsAreReadInIndexOrder(t *testing.T) {
	t.Parallel()
	s := openVolatile(t)
	for order, want := range map[model.Order][]string{
		model.ByID: {"SEARCH u USING INTEGER PRIMARY KEY (rowid#?)"},
		model.ByName: {"SEARCH u USING COVERING INDEX users_name (name_key=? AND id#?)",
			"SEARCH u USING COVERING INDEX users_name (name_key#?)"},
		model.ByUsername: {"SEARCH u USING COVERING INDEX users_username (<expr>=? AND id#?)",
			"SEARCH u USING COVERING INDEX users_username (<expr>#?)"},
		model.ByCreated: {"SEARCH u USING COVERING INDEX users_created (created_at=? AND id#?)",
			"SEARCH u USING COVERING INDEX users_created (created_at#?)"},
	} {
		for descending, sign := range map[bool]string{false: ">", true: "<"} {
			place := order.At(model.User{ID: 7, CreatedAt: time.Unix(1, 0)})
			filter := model.UserFilter{Order: order, Descending: descending, After: &place}
			for i, q := range sqldb.ListQueries(engine(), filter, model.Visibility{All: true}) {
				if got := plan(t, s, q.Text, q.Args...); got != strings.Replace(want[i], "#", sign, 1) {
					t.Errorf("by %q, descending %v:\n%s\nwant %s", order, descending, got, want[i])
				}
			}
		}
	}
}

func TestNarrowFiltersOfUsersUseAnIndex(t *testing.T) {
	t.Parallel()
	s := openVolatile(t)
	for text, index := range map[string]string{
		`admin eq true`: "users_admins", `state eq "blocked"`: "users_inactive", `state eq "invited"`: "users_inactive",
		`organization_id eq 1`: "sqlite_autoindex_members_1", `project_id eq 1`: "sqlite_autoindex_assignments_1",
		`second_factor eq "totp"`: "authenticators_kind", `ssh_key_type eq "ssh-rsa"`: "ssh_keys_type",
	} {
		where, err := filter.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		q := sqldb.NarrowQuery(engine(), where)
		if got := plan(t, s, q.Text, q.Args...); !strings.Contains(got, index) || strings.Contains(got, "SCAN users") && !strings.Contains(got, "USING") {
			t.Errorf("%s: %s, want the index %s", text, got, index)
		}
	}
	members := sqldb.RoleQuery(engine(), 1)
	if got := plan(t, s, members.Text, members.Args...); !strings.Contains(got, "members_role") {
		t.Errorf("by role: %s", got)
	}
}

func TestEndedRowsAreFoundByAnIndex(t *testing.T) {
	t.Parallel()
	s := openVolatile(t)
	for column, query := range sqldb.EndedRowsQueries() {
		got := plan(t, s, query, int64(1), 10)
		if !strings.HasPrefix(got, "SEARCH ") || !strings.Contains(got, " USING COVERING INDEX ") || strings.Contains(got, "TEMP B-TREE") {
			t.Errorf("%s: %s", column, got)
		}
	}
}
