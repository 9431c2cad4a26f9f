package importer

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// MergeSearch optimizes the search index after many writes, which takes some seconds for a
// million users. Other transactions run between its steps. The server calls it once a day. It
// does nothing if the index is optimized.
func (m *Importer) MergeSearch(ctx context.Context, actor model.Actor) error {
	if !actor.IsOperator() {
		return fault.New(fault.Forbidden, "only the server itself may do this")
	}
	return m.mergeSearch(ctx)
}

func (m *Importer) mergeSearch(ctx context.Context) error {
	for first, more := true, true; more; first = false {
		err := m.ops.Write(ctx, func(tx model.Writer) (err error) {
			more, err = tx.MergeSearch(first)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// mergeThreshold is the number of imported users from which on an import merges the search
// index.
const mergeThreshold = 10_000

// mergeAfterImport merges the search index after a large import. The import has already
// committed; a failure here only leaves searches slower.
func (m *Importer) mergeAfterImport(ctx context.Context, made int64) {
	if made < mergeThreshold {
		return
	}
	if err := m.mergeSearch(ctx); err != nil && ctx.Err() == nil {
		m.options.Log.WarnContext(ctx, "searches stay slow for a while: their index could not be merged", "error", err)
	}
}
