package secret

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	// niceness is added, as nice(1) does for background work, up to the greatest.
	niceness, nicest = 10, 19
	// slice is how long such a process may go on, in nanoseconds, once another one
	// wants the processor. Since Linux 6.12 it can be chosen (sched_setattr(2));
	// before, it was some milliseconds, which a request would wait.
	slice = 100_000
)

// yieldToOthers lowers the priority of all threads of this process; those that
// come later inherit it. Where that is forbidden, hashing is as urgent as
// everything else.
func yieldToOthers() {
	priority, err := unix.Getpriority(unix.PRIO_PROCESS, 0) // the kernel gives 20 minus the niceness
	if err != nil {
		return
	}
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = unix.SchedSetAttr(id, &unix.SchedAttr{
				Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL, Nice: int32(min(20-priority+niceness, nicest)), Runtime: slice,
			}, 0)
		}
	}
}
