package app

import (
	"os"
	"runtime"
	"sync"

	"roster.example/roster/internal/config"
)

// processors returns the number of processors that the process may use, before
// [giveReadsProcessors] changes what Go reports.
var processors = sync.OnceValue(func() int { return runtime.GOMAXPROCS(0) })

// giveReadsProcessors lets Go run one thread more at the same time for each expensive read. The threads
// of these reads have a low priority (see package priority), so Linux interrupts them for the threads of
// other requests. Go's scheduler would let those wait for up to ten milliseconds. It does nothing if
// GOMAXPROCS is set.
func giveReadsProcessors(c config.Limits) {
	want := threadCount(readSlots(c), processors())
	if os.Getenv("GOMAXPROCS") == "" && runtime.GOMAXPROCS(0) != want {
		runtime.GOMAXPROCS(want) // stops all goroutines for a moment
	}
}

// threadCount returns the number of threads that run Go code at the same time: one for each processor
// and each expensive read. More reads than processors do not run faster.
func threadCount(reads, processors int) int { return processors + min(reads, processors) }
