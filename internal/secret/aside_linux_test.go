package secret

import (
	"testing"

	"golang.org/x/sys/unix"
)

// The kernel gives 20 minus the niceness (getpriority(2)).
func TestWorkAsideGivesWayAndNothingElseDoes(t *testing.T) {
	t.Parallel()
	before, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	var within int
	aside(func() { within, err = unix.Getpriority(unix.PRIO_PROCESS, 0) })
	if err != nil || within != max(before-niceness, 1) {
		t.Errorf("priority %d within and %d before: %v", within, before, err)
	}
	for range 20 {
		aside(func() {})
		if now, err := unix.Getpriority(unix.PRIO_PROCESS, 0); err != nil || now != before {
			t.Fatalf("priority %d afterwards, want %d: %v", now, before, err)
		}
	}
}
