package secret

import (
	"maps"
	"sync"
)

// work counts hashes by scheme. There are few schemes: see [maxEncoded] and the
// limits of each format.
type work struct {
	mu   sync.Mutex
	done map[string]int
}

// maxCounted bounds the schemes that are counted by name.
const maxCounted = 64

func (w *work) note(encoded string) {
	scheme := Scheme(encoded)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done == nil {
		w.done = map[string]int{}
	}
	if _, known := w.done[scheme]; !known && len(w.done) >= maxCounted {
		scheme = "other"
	}
	w.done[scheme]++
}

// Work returns how many hashes were made or compared since the start, by scheme.
// Two logins that cost the same add the same.
func (h *Hasher) Work() map[string]int {
	h.work.mu.Lock()
	defer h.work.mu.Unlock()
	return maps.Clone(h.work.done)
}
