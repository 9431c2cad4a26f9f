package app

import (
	"os"
	"runtime/debug"

	"roster.example/roster/internal/config"
)

const (
	// seldom is how much the heap may grow, in per cent, before it is swept. Go's
	// 100 sweeps a small heap all the time, which took a quarter of each request.
	seldom = 400
	// beside is what the program needs beside its cache: 64 MiB from which on it is
	// swept as often as need be.
	beside = 64 << 20
)

// boundMemory lets garbage lie for longer, up to a limit. Whoever sets GOGC or
// GOMEMLIMIT knows better.
func boundMemory(cfg config.Config) {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(seldom)
		debug.SetMemoryLimit(int64(cfg.Cache) + beside)
	}
}
