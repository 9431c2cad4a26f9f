package app

import (
	"net/http"
	"testing"

	"roster.example/roster/internal/config"
)

func TestMemoryLimitHasRoomForBodies(t *testing.T) {
	t.Parallel()
	var c config.Config
	c.Cache, c.Limits.Bodies = 20<<20, 64<<20
	if got, want := baseMemory(c, false), int64(20<<20+64<<20+heapHeadroom); got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}

func TestOverHTTPSIgnoresTheCaseOfTheScheme(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]bool{
		"https://id.example.org": true, "HTTPS://id.example.org": true, "http://id.example.org": false, "": false,
	} {
		if got := overHTTPS(config.Config{BaseURL: base}); got != want {
			t.Errorf("%q: got %t", base, got)
		}
	}
}

// The memory limit grows in steps with the open connections, and always includes their memory.
func TestMemoryLimitLeavesRoomForOpenConnections(t *testing.T) {
	t.Parallel()
	var m memoryLimit // without a base, so that the limit of this process is unchanged
	moves, before := 0, int64(0)
	check := func() {
		t.Helper()
		if m.steps*connectionStep < m.connections {
			t.Fatalf("the limit allows %d connections, and %d are open", m.steps*connectionStep, m.connections)
		}
		if m.steps != before {
			moves++
			before = m.steps
		}
	}
	for range 10_000 {
		m.watch(nil, http.StateNew)
		m.watch(nil, http.StateActive)
		m.watch(nil, http.StateIdle)
		check()
	}
	for i := range 10_000 {
		m.watch(nil, []http.ConnState{http.StateClosed, http.StateHijacked}[i%2])
		check()
	}
	if m.connections != 0 || m.steps > 2 {
		t.Errorf("without connections the limit moved %d steps", m.steps)
	}
	if moves > 100 {
		t.Errorf("the limit moved %d times for 20,000 changes", moves)
	}
}
