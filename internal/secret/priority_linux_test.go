package secret_test

import (
	"testing"

	"golang.org/x/sys/unix"
)

// The kernel returns 20 minus the niceness (getpriority(2)).
func TestHashWorkerLowersItsPriority(t *testing.T) {
	t.Parallel()
	own, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	h, c := hasherWithWorkers(t, "works")
	hash(t, h, password)
	otherKey, err := unix.Getpriority(unix.PRIO_PROCESS, c.started[0].Process.Pid)
	if err != nil || otherKey != max(own-10, 1) {
		t.Errorf("priority %d, here %d: %v", otherKey, own, err)
	}
}
