package secret

import "time"

// CheapParams makes hashes that cost next to nothing, and protect as little.
func CheapParams() Params { return Params{MemoryKiB: 64, Time: 1, Threads: 1} }

// RestFor and AskFor set the times of the processes that hash, before the first hash.
func (h *Hasher) RestFor(d time.Duration) { h.workshop.rest = d }

// AskFor is how long a process may take to answer.
func (h *Hasher) AskFor(d time.Duration) { h.workshop.taskLimit = d }
