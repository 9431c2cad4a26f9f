package directory_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/filter"
)

func TestMembersDoNotFilterByWhatTheyDoNotSee(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("root", admin)
	eve := h.AddUser("eve")
	for _, query := range []string{`has_password eq true`, `not (id eq 1 and last_activity_at pr)`} {
		where := must(t, func() (*filter.Condition, error) { return filter.Parse(query) })
		_, err := h.Users(t.Context(), h.Actor(eve), directory.UserFilter{Where: where})
		wantKind(t, err, fault.Forbidden)
		must(t, func() (directory.Page[directory.User], error) {
			return h.Users(t.Context(), operator(), directory.UserFilter{Where: where})
		})
	}
}

func TestEveryStateCanBeFiltered(t *testing.T) {
	t.Parallel()
	for _, state := range []directory.State{directory.Active, directory.Invited, directory.Blocked, directory.Deactivated} {
		must(t, func() (*filter.Condition, error) { return filter.Parse(`state eq "` + string(state) + `"`) })
	}
}
