package app

import (
	"context"
	"errors"
	"os"
	"testing"
)

// An interrupted start, or one that cannot read the database, does not report lost events. A damaged or
// missing anchor is reported.
func TestOnlyAComparisonReportsLostEvents(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	if err := h.initAnchor(t.Context()); err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := h.checkAnchor(stopped); err == nil || errors.Is(err, ErrEventsLost) {
		t.Errorf("stopped: got %v", err)
	}
	if err := h.checkAnchor(t.Context()); err != nil {
		t.Errorf("whole: got %v", err)
	}
	if err := os.WriteFile(anchorFile(h.cfg), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := h.checkAnchor(t.Context()); !errors.Is(err, ErrEventsLost) {
		t.Errorf("damaged: got %v", err)
	}
	if err := os.Remove(anchorFile(h.cfg)); err != nil {
		t.Fatal(err)
	}
	if err := h.checkAnchor(t.Context()); !errors.Is(err, ErrEventsLost) {
		t.Errorf("missing: got %v", err)
	}
}
