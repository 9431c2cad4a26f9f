package secret

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	// niceness is added to that of the process, up to maxNiceness, as nice(1) does.
	niceness, maxNiceness = 10, 19
	// slice is the time, in nanoseconds, that the process may run while another one waits
	// for the processor. Linux can set it since 6.12 (sched_setattr(2)). Before, it is some
	// milliseconds, for which a request would wait.
	slice = 100_000
)

// lowerPriority lowers the priority of all threads of this process. Later threads inherit
// it. If the system forbids it, the priority stays.
func lowerPriority() {
	priority, err := unix.Getpriority(unix.PRIO_PROCESS, 0) // the kernel returns 20 minus the niceness
	if err != nil {
		return
	}
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = unix.SchedSetAttr(id, &unix.SchedAttr{
				Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL, Nice: int32(min(20-priority+niceness, maxNiceness)), Runtime: slice,
			}, 0)
		}
	}
}
