package directory

import (
	"context"

	"roster.example/roster/internal/fault"
)

// MergeSearch makes searches quick again after much was written, which takes some
// seconds for a million people; other writers come between its steps. The program
// calls it once a day. Where there is nothing to gain it does nothing.
func (d *Directory) MergeSearch(ctx context.Context, actor Actor) error {
	if !actor.isOperator() {
		return fault.New(fault.Forbidden, "only the server itself does this")
	}
	return d.mergeSearch(ctx)
}

func (d *Directory) mergeSearch(ctx context.Context) error {
	for first, more := true, true; more; first = false {
		err := d.write(ctx, func(tx Writer) (err error) {
			more, err = tx.MergeSearch(first)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// manyMade is from how many people on an import ends with mergeSearch.
const mergeThreshold = 10_000

// mergeAfter follows an import. What was imported is, whatever becomes of this.
func (d *Directory) mergeAfterImport(ctx context.Context, made int64) {
	if made < mergeThreshold {
		return
	}
	if err := d.mergeSearch(ctx); err != nil && ctx.Err() == nil {
		d.options.Log.WarnContext(ctx, "searches stay slow for a while: their index could not be merged", "error", err)
	}
}
