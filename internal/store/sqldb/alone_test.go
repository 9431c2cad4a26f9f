package sqldb

import (
	"context"
	"errors"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

// What is written once for all deeds of a commit can fail for one of them: this
// notebook has no index of people, so whoever touches one cannot be committed.
func TestOperationThatFailsTheCommitFailsAlone(t *testing.T) {
	t.Parallel()
	n := newNotebook(t)
	spoils := func(tx directory.Writer) error {
		tx.(*writer).touch(1)
		return note("guilty")(tx)
	}
	errs := n.together(note("one"), spoils, note("two"))
	if errs[0] != nil || errs[2] != nil {
		t.Errorf("the innocent were told %v and %v", errs[0], errs[2])
	}
	if fault.KindOf(errs[1]) != fault.Internal {
		t.Errorf("the guilty was told %v, want the fault itself", errs[1])
	}
	if got := n.notes(); got != 2 {
		t.Errorf("%d notes were committed, want 2", got)
	}
}

// The first deed of a batch has no savepoint: undoing it ends the transaction, and
// the next one begins another.
func TestFailedOperationLeavesNoChanges(t *testing.T) {
	t.Parallel()
	n := newNotebook(t)
	refused := errors.New("refused")
	errs := n.together(func(tx directory.Writer) error {
		return errors.Join(note("gone")(tx), refused)
	}, note("kept"))
	if !errors.Is(errs[0], refused) || errs[1] != nil {
		t.Errorf("got %v and %v", errs[0], errs[1])
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a deed that panicked went on")
			}
		}()
		_ = n.Update(context.Background(), func(tx directory.Writer) error {
			_ = note("gone too")(tx)
			panic("broken")
		})
	}()
	n.wantAll([]error{n.Update(context.Background(), note("kept too"))})
	if got := n.notes(); got != 2 {
		t.Errorf("%d notes were committed, want 2", got)
	}
}
