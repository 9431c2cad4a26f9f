package app

import (
	"log/slog"
	"os/exec"
	"runtime"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/secret"
)

// UseHashWorkers has passwords hashed by processes that start gives commands for, which
// run [secret.ServeHashWorker]. It is called before Serve.
func (a *App) UseHashWorkers(start func() (*exec.Cmd, error)) {
	a.hashWorkers = true
	a.hasher.UseWorkers(secret.WorkerOptions{
		Start: start,
		OnLost: func(err error) {
			a.log.Warn("a process that hashes passwords was lost; another one takes over", slog.Any("error", err))
		},
		OnUnavailable: func(err error) {
			a.limitMemory(true)
			a.log.Warn("for a minute, passwords are hashed within the server, where other requests wait for it: "+
				"no process can be started that does it", slog.Any("error", err))
		},
	})
}

func newHasher(p config.Password) *secret.Hasher {
	params := secret.DefaultParams()
	params.MemoryKiB, params.Time = uint32(p.MemoryKiB), uint32(p.Time)
	return secret.NewHasher(params, hashSlots(p), p.Queue)
}

// hashMemory is what all passwords take, in bytes, that are hashed at the same time.
func hashMemory(p config.Password) int64 { return int64(hashSlots(p)) * int64(p.MemoryKiB) << 10 }

// hashSlots is how many that are.
func hashSlots(p config.Password) int {
	if p.Slots != 0 {
		return p.Slots
	}
	return max(1, runtime.GOMAXPROCS(0)-1)
}
