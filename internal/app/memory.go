package app

import (
	"os"
	"runtime"
	"runtime/debug"

	"roster.example/roster/internal/config"
)

const (
	// seldom is how much the heap may grow, in per cent, before it is swept. Go's
	// 100 sweeps a small heap all the time, which took a quarter of each request.
	seldom = 200
	// beside is what the rest needs: requests under way, lists, an import.
	beside = 24 << 20
)

// boundMemory lets garbage lie for longer, up to a limit from which on it is swept
// as often as need be. Whoever sets GOGC or GOMEMLIMIT knows better.
func boundMemory(cfg config.Config) {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(seldom)
		debug.SetMemoryLimit(int64(cfg.Cache) + hashing(cfg.Password) + beside)
	}
}

// hashing is what all passwords take, in bytes, that are hashed at the same time.
func hashing(p config.Password) int64 { return int64(slots(p)) * int64(p.MemoryKiB) << 10 }

// slots is how many that are.
func slots(p config.Password) int {
	if p.Slots != 0 {
		return p.Slots
	}
	return max(1, runtime.GOMAXPROCS(0)-1)
}
