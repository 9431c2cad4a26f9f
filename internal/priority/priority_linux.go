package priority

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	// niceness is added to that of the process, up to maxNiceness, as nice(1) does.
	niceness, maxNiceness = 10, 19
	// slice is the time, in nanoseconds, that a thread may run while another one waits
	// for the processor. Linux can set it since 6.12 (sched_setattr(2)). Before, it is some
	// milliseconds, for which a request would wait.
	slice = 100_000
)

// LowerProcess lowers the priority of all threads of this process. Later threads inherit it. If the
// system forbids it, the priority stays.
func LowerProcess() {
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			setNiceness(id, low)
		}
	}
}

// lowerThread lowers the priority of the calling thread.
func lowerThread() { setNiceness(unix.Gettid(), low) }

// low is the niceness of work at a low priority. It is computed at the start, because any thread may be
// lowered later, the first one too.
var low = lowNiceness()

func lowNiceness() int32 {
	priority, err := unix.Getpriority(unix.PRIO_PROCESS, 0) // the kernel returns 20 minus the niceness
	if err != nil {
		priority = 20
	}
	return int32(min(20-priority+niceness, maxNiceness))
}

func setNiceness(thread int, nice int32) {
	_ = unix.SchedSetAttr(thread, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL, Nice: nice, Runtime: slice}, 0)
}
