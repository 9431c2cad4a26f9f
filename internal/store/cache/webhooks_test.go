package cache_test

import (
	"testing"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/cache"
)

// A write of a webhook must read it from its transaction, or it would undo writes of the same
// batch.
func TestWriterReadsWebhooksFromItsTransaction(t *testing.T) {
	t.Parallel()
	s := open(t, cache.Options{Memory: testMemory})
	hook := model.Webhook{URL: "https://a.example", Enabled: true, Sealed: []byte("first")}
	wanted(t, s.Update(t.Context(), func(tx model.Writer) error { return tx.AddWebhook(&hook) }))
	wanted(t, s.ReadCached(t.Context(), func(tx model.Reader) error { // now in memory
		_, err := tx.Webhooks()
		return err
	}))
	done := make(chan error, 20)
	for i := range 20 {
		go func() {
			done <- s.Update(t.Context(), func(tx model.Writer) error {
				all, err := tx.Webhooks()
				if err != nil {
					return err
				}
				h := all[0]
				h.Description += string(rune('a' + i))
				return tx.ChangeWebhook(h)
			})
		}()
	}
	for range 20 {
		wanted(t, <-done)
	}
	wanted(t, s.Read(t.Context(), func(tx model.Reader) error {
		all, err := tx.Webhooks()
		if err == nil && len(all[0].Description) != 20 {
			t.Errorf("%d of 20 changes are left: %q", len(all[0].Description), all[0].Description)
		}
		return err
	}))
}

func wanted(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
