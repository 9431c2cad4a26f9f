package app

import (
	"log/slog"
	"os/exec"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/secret"
)

// UseHashWorkers moves password hashing to child processes. start returns their command, which
// must run [secret.ServeHashWorker]. Call it before Serve.
func (a *App) UseHashWorkers(start func() (*exec.Cmd, error)) {
	a.hashWorkers = true
	a.hasher.UseWorkers(secret.WorkerOptions{
		Start: start,
		OnLost: func(err error) {
			a.log.Warn("a hash worker was lost; another one is started", slog.Any("error", err))
		},
		OnUnavailable: func(err error) {
			a.limitMemory(true)
			a.log.Warn("no hash worker can be started; for a minute, the server hashes passwords itself, "+
				"which slows down other requests", slog.Any("error", err))
		},
	})
}

func newHasher(p config.Password) *secret.Hasher {
	params := secret.Params{MemoryKiB: uint32(p.MemoryKiB), Time: uint32(p.Time), Threads: 1}
	return secret.NewHasher(params, hashSlots(p), p.Queue)
}

// hashMemory is the memory of all concurrent password hashes, in bytes.
func hashMemory(p config.Password) int64 { return int64(hashSlots(p)) * int64(p.MemoryKiB) << 10 }

// hashSlots is the maximum number of concurrent password hashes.
func hashSlots(p config.Password) int {
	if p.Slots != 0 {
		return p.Slots
	}
	return max(1, processors()-1)
}
