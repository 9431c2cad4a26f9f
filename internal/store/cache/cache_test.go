package cache_test

import (
	"path/filepath"
	"testing"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/cache"
	"roster.example/roster/internal/store/sqlite"
	"roster.example/roster/internal/store/storetest"
)

func open(t testing.TB, o cache.Options) *cache.Store {
	t.Helper()
	below, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "roster.db"), sqlite.Options{Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	s := cache.New(below, o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// testMemory holds all entries of a test.
const testMemory = 16 << 20

func TestStoreFulfilsTheStoreContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) model.Store { return open(t, cache.Options{Memory: testMemory}) })
}
