package secret

import (
	"maps"
	"sync"
)

// workCounter counts hashes by scheme.
type workCounter struct {
	mu     sync.Mutex
	hashes map[string]int
}

// maxCounted bounds the number of schemes that are counted by name.
const maxCounted = 64

func (w *workCounter) count(encoded string) {
	scheme := Scheme(encoded)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hashes == nil {
		w.hashes = map[string]int{}
	}
	if _, known := w.hashes[scheme]; !known && len(w.hashes) >= maxCounted {
		scheme = "other"
	}
	w.hashes[scheme]++
}

// Work returns the number of hashes that were computed since the start, by scheme. Two
// logins with the same cost add the same numbers.
func (h *Hasher) Work() map[string]int {
	h.work.mu.Lock()
	defer h.work.mu.Unlock()
	return maps.Clone(h.work.hashes)
}
