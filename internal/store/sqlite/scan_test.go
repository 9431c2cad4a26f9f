package sqlite

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// A statement of an expensive read that reaches its time limit fails with an error that says what to do.
// Other reads have no such limit.
func TestExpensiveStatementsEndAtTheirTimeLimit(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "roster.db"), Options{Volatile: true, ScanTime: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	search := func(ctx context.Context) error {
		return s.Read(ctx, func(tx model.Reader) error {
			_, err := tx.Users(model.UserFilter{Search: "e"}, model.Visibility{All: true})
			return err
		})
	}
	c := admission.New(map[admission.Class]admission.Limits{admission.ExpensiveReads: {Slots: 1, PerCaller: 1}})
	ticket, err := c.Enter(t.Context(), admission.ExpensiveReads, "ada")
	if err != nil {
		t.Fatal(err)
	}
	defer ticket.Leave()
	err = search(ticket.With(t.Context()))
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "too many rows") {
		t.Errorf("a bounded search ended with %v", err)
	}
	for _, ctx := range []context.Context{t.Context(), admission.Mark(t.Context(), admission.ExpensiveReads)} {
		if err := search(ctx); err != nil {
			t.Errorf("a search without a bound ended with %v", err)
		}
	}
}
