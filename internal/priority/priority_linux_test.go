package priority_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"roster.example/roster/internal/priority"
)

// The kernel returns 20 minus the niceness (getpriority(2)).
func TestRunHasALowPriorityThatNoOtherThreadInherits(t *testing.T) {
	t.Parallel()
	own, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan int)
	err = priority.Run(func() error {
		low, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
		if want := max(own-10, 1); low != want || err != nil {
			t.Errorf("the function has priority %d, want %d: %v", low, want, err)
		}
		for range 20 { // more than there are idle threads
			go func() {
				other, _ := unix.Getpriority(unix.PRIO_PROCESS, 0)
				started <- other
			}()
		}
		for range 20 {
			if other := <-started; other != own {
				t.Errorf("another goroutine has priority %d, want %d", other, own)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
