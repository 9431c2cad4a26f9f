package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
)

func TestUsersAreDormantIfTheyExistForLong(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	if o := must(t, func() (directory.Overview, error) { return h.Overview(t.Context(), operator()) }); o.Dormant.N != 0 {
		t.Errorf("%d new users are dormant", o.Dormant.N)
	}
	h.Clock.Advance(directory.OverviewDormant + time.Hour)
	if o := must(t, func() (directory.Overview, error) { return h.Overview(t.Context(), operator()) }); o.Dormant.N != 1 {
		t.Errorf("%d users are dormant, want 1", o.Dormant.N)
	}
}
