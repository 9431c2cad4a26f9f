package secret

import "golang.org/x/sys/unix"

// niceness is that of background work (nice(1) adds as much).
const niceness = 10

// yieldToOthers lowers the priority of the calling thread: on Linux, 0 stands for
// that and not for the process (setpriority(2), "C library/kernel differences").
// Where it is forbidden, hashing is as urgent as everything else.
func yieldToOthers() { _ = unix.Setpriority(unix.PRIO_PROCESS, 0, niceness) }
