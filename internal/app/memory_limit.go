package app

import (
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"

	"roster.example/roster/internal/config"
)

const (
	// gcPercent is how much the heap may grow, in per cent, before it is swept. Go's
	// 100 sweeps a small heap all the time, which took a quarter of each request.
	gcPercent = 200
	// heapHeadroom is what the rest needs: requests under way, lists, an import. With less,
	// searches spend a sixth of their time on sweeping.
	heapHeadroom = 32 << 20
)

// limitMemory lets garbage lie for longer, up to a limit from which on it is swept
// as often as need be. Passwords count where they are hashed within this process.
// Whoever sets GOGC or GOMEMLIMIT knows better.
func (a *App) limitMemory(hashes bool) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(gcPercent)
	a.memory.set(baseMemory(a.cfg, hashes))
}

// baseMemory is the memory limit without connections: the cache, the bodies of
// requests in progress, and the rest. hashes adds the memory of password hashes.
func baseMemory(c config.Config, hashes bool) int64 {
	base := int64(c.Cache) + int64(c.Limits.Bodies) + heapHeadroom
	if hashes {
		base += hashMemory(c.Password)
	}
	return base
}

// perConnection is what an open connection keeps in memory: its buffers, the stack
// of its goroutine, what net/http notes about it. It is an estimate with a margin;
// the scenario "idle" of bench/ measures what it does.
const perConnection = 32 << 10

// connectionStep is for how many connections at a time the limit moves: each
// change stops all goroutines for a moment.
const connectionStep = 256

// memoryLimit is the limit of the process: a base, and room for each open
// connection, so that connections that rest do not take the room of requests.
type memoryLimit struct {
	mu          sync.Mutex
	base        int64 // 0 while the operator has set limits
	connections int64
	steps       int64 // for which there is room
}

func (m *memoryLimit) set(base int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.base = base
	m.apply()
}

// apply is called with mu held.
func (m *memoryLimit) apply() {
	if m.base > 0 {
		debug.SetMemoryLimit(m.base + m.steps*connectionStep*perConnection)
	}
}

// watch counts connections. It is [http.Server.ConnState]. Room is given for one
// step more than there are connections, and taken back two steps below, so that
// the limit does not move with every connection.
func (m *memoryLimit) watch(_ net.Conn, state http.ConnState) {
	change := int64(0)
	switch state {
	case http.StateNew:
		change = 1
	case http.StateClosed, http.StateHijacked:
		change = -1
	default:
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.connections += change
	wanted := m.connections/connectionStep + 1
	if wanted > m.steps || wanted < m.steps-1 {
		m.steps = wanted
		m.apply()
	}
}
