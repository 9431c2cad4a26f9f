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
	// gcPercent is the GC target (GOGC). With the default of 100, the collection of a small heap
	// took a quarter of the processor time of each request.
	gcPercent = 200
	// heapHeadroom is the memory for requests, lists and an import. With less, searches spend a
	// sixth of their time on garbage collection.
	heapHeadroom = 32 << 20
)

// limitMemory sets a higher GC target with a memory limit. hashes includes the memory of password
// hashes in this process. It does nothing if GOGC or GOMEMLIMIT is set.
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

// perConnection is an upper estimate of the memory of an open connection: buffers, the stack of its
// goroutine, data of net/http. The scenario "idle" of bench/ measures it.
const perConnection = 32 << 10

// connectionStep is the number of connections by which the limit changes, because each change stops
// all goroutines for a moment.
const connectionStep = 256

// memoryLimit is the memory limit of the process: a base and an amount for each open connection, so
// that idle connections do not use the memory of requests.
type memoryLimit struct {
	mu          sync.Mutex
	base        int64 // 0 if the operator sets the limits
	connections int64
	steps       int64 // of connections in the limit
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

// watch counts connections. It is a [http.Server.ConnState]. The limit includes one step more than
// there are connections, and shrinks two steps below, so that it changes rarely.
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
