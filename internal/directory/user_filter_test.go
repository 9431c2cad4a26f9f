package directory_test

import (
	"testing"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/filter"
	"roster.example/roster/internal/model"
)

func TestMembersCannotFilterByPrivateFields(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("root", admin)
	eve := h.AddUser("eve")
	for _, query := range []string{`has_password eq true`, `not (id eq 1 and last_activity_at pr)`, `second_factor eq "totp"`, `not (ssh_key_type pr)`} {
		where := must(t, func() (*filter.Condition, error) { return filter.Parse(query) })
		_, err := h.Users(t.Context(), h.Actor(eve), model.UserFilter{Where: where})
		wantKind(t, err, fault.Forbidden)
		must(t, func() (model.Page[model.User], error) {
			return h.Users(t.Context(), operator(), model.UserFilter{Where: where})
		})
	}
}

func TestEveryStateCanBeFiltered(t *testing.T) {
	t.Parallel()
	for _, state := range []model.State{model.Active, model.Invited, model.Blocked, model.Deactivated} {
		must(t, func() (*filter.Condition, error) { return filter.Parse(`state eq "` + string(state) + `"`) })
	}
}
