package directory

import "context"

// batchSize is the number of rows that a whole list reads at once.
const batchSize = 500

// Batches calls each with a whole list of users, in batches by id. read reads one
// page of it.
//
// Each batch is one snapshot. A user that changes during the list appears in the old or the new
// state; one that is added or removed may be missing; none appears twice. The permission and the
// credential of the actor are checked for each batch.
func Batches[T any](filter UserFilter, read func(UserFilter) (Page[T], error), each func([]T) error) error {
	filter.Order, filter.Limit, filter.SkipTotal, filter.batch = ByID, batchSize, true, true
	for {
		page, err := read(filter)
		if err != nil || page.Read == 0 {
			return err
		}
		if len(page.Items) > 0 {
			if err := each(page.Items); err != nil {
				return err
			}
		}
		last := page.Last
		filter.After = &last
	}
}

// inBatches calls each with a whole list, in batches. read reads those after a row,
// at most limit of them; it begins with the zero Key. keyOf returns the key of a row.
func inBatches[T any, Key any](read func(after Key, limit int) ([]T, error), keyOf func(T) Key, each func([]T) error) error {
	var after Key
	for {
		rows, err := read(after, batchSize)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = keyOf(rows[len(rows)-1]) // each may change rows
		if err := each(rows); err != nil || len(rows) < batchSize {
			return err
		}
	}
}

// readBatch is [Directory.read] for one batch of a list. The credential is checked for each
// batch, because it may have been revoked, or have expired, since the list began.
func (d *Directory) readBatch(ctx context.Context, actor Actor, need Permission, org OrgID, fn func(tx Reader, self User) error) error {
	return d.read(ctx, actor, need, org, func(tx Reader, self User) error {
		if err := d.revalidateCredential(tx, actor); err != nil {
			return err
		}
		return fn(tx, self)
	})
}

// revalidateInBatch checks the credential for filters of [Batches]. A single page is read right
// after the credential was checked.
func (d *Directory) revalidateInBatch(tx Reader, actor Actor, filter UserFilter) error {
	if !filter.batch {
		return nil
	}
	return d.revalidateCredential(tx, actor)
}
