package priority

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	// niceness is added to that of the process, up to maxNiceness, as nice(1) does.
	niceness, maxNiceness = 10, 19
	// slice is the time slice in nanoseconds (Linux 6.12 and later: sched_setattr(2)). A thread that
	// wakes up preempts one with a longer slice at once, and one with a shorter slice only at the next
	// tick of the clock, up to 4 ms later. So it is longer than the default of Linux, which is 0.7 ms
	// for one processor and grows with their number. With 100 ms, the thread itself would wait for
	// most of a second beside a program that uses all processors.
	slice = 3_000_000
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

// lowerThread lowers the priority of the calling thread, and lets threads of a higher priority run that
// have waited for it: Linux compares priorities when a thread wakes up, not when one is lowered.
func lowerThread() {
	setNiceness(unix.Gettid(), low)
	_, _, _ = unix.Syscall(unix.SYS_SCHED_YIELD, 0, 0, 0)
}

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
