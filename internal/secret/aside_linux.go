package secret

import "golang.org/x/sys/unix"

const (
	// niceness is that of background work (nice(1) adds as much).
	niceness = 10
	// slice is how long such a thread may go on, in nanoseconds, once another one
	// wants the processor. Since Linux 6.12 it can be chosen (sched_setattr(2));
	// before, it was some milliseconds, which a request would wait.
	slice = 100_000
)

// yieldToOthers lowers the priority of the calling thread, for which 0 stands on
// Linux. Where it is forbidden, hashing is as urgent as everything else.
func yieldToOthers() {
	_ = unix.SchedSetAttr(0, &unix.SchedAttr{
		Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL, Nice: niceness, Runtime: slice,
	}, 0)
}
