package app

import (
	"os"
	"runtime/debug"
)

const (
	// seldom is how much the heap may grow, in per cent, before it is swept. Go's
	// 100 sweeps a small heap all the time, which took a quarter of each request.
	seldom = 200
	// beside is what the rest needs: requests under way, lists, an import. With less,
	// searches spend a sixth of their time on sweeping.
	beside = 32 << 20
)

// boundMemory lets garbage lie for longer, up to a limit from which on it is swept
// as often as need be. Passwords count where they are hashed within this process.
// Whoever sets GOGC or GOMEMLIMIT knows better.
func (a *App) boundMemory(hashes bool) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	limit := int64(a.cfg.Cache) + beside
	if hashes {
		limit += hashing(a.cfg.Password)
	}
	debug.SetGCPercent(seldom)
	debug.SetMemoryLimit(limit)
}
