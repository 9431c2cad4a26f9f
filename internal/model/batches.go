package model

// batchSize is the number of rows that a whole list reads at once.
const batchSize = 500

// Batches calls each with a whole list of users, in batches by id. read reads one
// page of it.
//
// Each batch is one snapshot. A user that changes during the list appears in the old or the new
// state; one that is added or removed may be missing; none appears twice. The permission and the
// credential of the actor are checked for each batch.
func Batches[T any](filter UserFilter, read func(UserFilter) (Page[T], error), each func([]T) error) error {
	filter.Order, filter.Limit, filter.SkipTotal, filter.Batch = ByID, batchSize, true, true
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

// InBatches calls each with a whole list, in batches. read reads those after a row,
// at most limit of them; it begins with the zero Key. keyOf returns the key of a row.
func InBatches[T any, Key any](read func(after Key, limit int) ([]T, error), keyOf func(T) Key, each func([]T) error) error {
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
