package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/fault"
)

func TestPageStateIsForOneUserOnePageAndOneHour(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada, eve := h.Actor(h.AddUser("ada")), h.Actor(h.AddUser("eve"))
	ctx := t.Context()
	sealed := h.SealPageState(ctx, ada, "undo", "block\n1")
	if state, err := h.OpenPageState(ctx, ada, "undo", sealed); err != nil || state != "block\n1" {
		t.Errorf("got %q, %v", state, err)
	}
	wantKind(t, none(h.OpenPageState(ctx, eve, "undo", sealed)), fault.Conflict)
	wantKind(t, none(h.OpenPageState(ctx, ada, "bulk", sealed)), fault.Conflict)
	for _, text := range []string{"", "x", "=", sealed[1:], sealed + "A"} {
		wantKind(t, none(h.OpenPageState(ctx, ada, "undo", text)), fault.Conflict)
	}
	h.Clock.Advance(time.Hour)
	wantKind(t, none(h.OpenPageState(ctx, ada, "undo", sealed)), fault.Conflict)
}
