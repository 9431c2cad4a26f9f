package secret

import "time"

// CheapParams returns parameters of fast, insecure hashes.
func CheapParams() Params { return Params{MemoryKiB: 64, Time: 1, Threads: 1} }

// SetIdleLimit sets the idle time of worker processes. Call it before the first hash.
func (h *Hasher) SetIdleLimit(d time.Duration) { h.pool.idleLimit = d }

// WorkersAreBusy reports whether there are worker processes, and all of them have a task.
func (h *Hasher) WorkersAreBusy() bool {
	h.pool.mu.Lock()
	defer h.pool.mu.Unlock()
	return len(h.pool.workers) > 0 && len(h.pool.idle) == 0
}

// SetTaskLimit sets the time that a task may take. Call it before the first hash.
func (h *Hasher) SetTaskLimit(d time.Duration) { h.pool.taskLimit = d }
