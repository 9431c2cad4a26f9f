package sqldb

import (
	"context"
	"errors"
	"testing"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// Writes that a commit makes once for all its updates can fail because of one of them: testStore has no
// search index, so an update that touches a user cannot be committed.
func TestOperationThatFailsTheCommitFailsAlone(t *testing.T) {
	t.Parallel()
	n := newTestStore(t)
	failsCommit := func(tx model.Writer) error {
		tx.(*writer).touch(1)
		return insertRow("failing")(tx)
	}
	errs := n.updateConcurrently(insertRow("one"), failsCommit, insertRow("two"))
	if errs[0] != nil || errs[2] != nil {
		t.Errorf("the other updates returned %v and %v", errs[0], errs[2])
	}
	if fault.KindOf(errs[1]) != fault.Internal {
		t.Errorf("the failing update returned %v, want an internal error", errs[1])
	}
	if got := n.countRows(); got != 2 {
		t.Errorf("%d rows were committed, want 2", got)
	}
}

// The first update of a batch has no savepoint: a rollback ends the transaction, and the next update
// begins another.
func TestFailedOperationLeavesNoChanges(t *testing.T) {
	t.Parallel()
	n := newTestStore(t)
	wantErr := errors.New("rejected")
	errs := n.updateConcurrently(func(tx model.Writer) error {
		return errors.Join(insertRow("gone")(tx), wantErr)
	}, insertRow("kept"))
	if !errors.Is(errs[0], wantErr) || errs[1] != nil {
		t.Errorf("got %v and %v", errs[0], errs[1])
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("an update that panicked returned")
			}
		}()
		_ = n.Update(context.Background(), func(tx model.Writer) error {
			_ = insertRow("gone too")(tx)
			panic("broken")
		})
	}()
	n.wantAll([]error{n.Update(context.Background(), insertRow("kept too"))})
	if got := n.countRows(); got != 2 {
		t.Errorf("%d rows were committed, want 2", got)
	}
}
