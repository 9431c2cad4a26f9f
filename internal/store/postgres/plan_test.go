package postgres

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/postgres/pgtest"
	"roster.example/roster/internal/store/sqldb"
)

// plan returns the query plan of PostgreSQL, with some plan types disabled.
func plan(t *testing.T, db *sql.DB, without []string, query string, args ...any) string {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	must(t, err)
	defer func() { must(t, tx.Rollback()) }()
	for _, way := range without {
		_, err := tx.ExecContext(t.Context(), "SET LOCAL enable_"+way+" = off")
		must(t, err)
	}
	rows, err := tx.QueryContext(t.Context(), "EXPLAIN (COSTS OFF) "+query, args...)
	must(t, err)
	var steps []string
	for rows.Next() {
		var step string
		must(t, rows.Scan(&step))
		steps = append(steps, strings.TrimSpace(step))
	}
	must(t, rows.Err(), rows.Close())
	return strings.Join(steps, "\n")
}

func TestListsAreReadInIndexOrder(t *testing.T) {
	t.Parallel()
	db := node(t, pgtest.Schema(t)).read
	for order, want := range map[model.Order][]string{
		model.ByID:       {"(id #"},
		model.ByName:     {"((name_key = 'ada'::text) AND (id #", "(name_key #"},
		model.ByUsername: {"((COALESCE(username_key, ''::text) = 'ada'::text) AND (id #", "(COALESCE(username_key, ''::text) #"},
		model.ByCreated:  {"((created_at = '1000000'::bigint) AND (id #", "(created_at #"},
	} {
		for descending, sign := range map[bool]string{false: ">", true: "<"} {
			place := order.At(model.User{ID: 7, Username: "ada", Names: model.Names{Name: "ada"}, CreatedAt: time.Unix(1, 0)})
			filter := model.UserFilter{Order: order, Descending: descending, After: &place, Limit: 20}
			for i, q := range sqldb.ListQueries(engine(true), filter, model.Visibility{All: true}) {
				got := plan(t, db, []string{"seqscan", "bitmapscan", "sort"}, q.Text, q.Args...)
				if !strings.Contains(got, "Index Cond: "+strings.Replace(want[i], "#", sign, 1)) || strings.Contains(got, "Sort") || strings.Contains(got, "Filter") {
					t.Errorf("by %q, descending %v:\n%s\nwant %s", order, descending, got, want[i])
				}
			}
		}
	}
}

func TestSearchesUseTheIndex(t *testing.T) {
	t.Parallel()
	db := node(t, pgtest.Schema(t)).read
	var args []any
	query := searchQuery("ömer_garcia", func(value any) string { args = append(args, value); return "$1" })
	got := plan(t, db, []string{"seqscan", "indexscan"}, query, args...)
	if !strings.Contains(got, "Bitmap Index Scan on search_text") {
		t.Errorf("got %s", got)
	}
}
