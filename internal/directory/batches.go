package directory

// batchSize is how many users a whole list reads at once.
const batchSize = 500

// Batches calls each with a whole list of users, in batches by id. read reads one
// page of it, and idOf tells the id of an item.
//
// Each batch is as of one moment. A user who is changed meanwhile is shown as before
// or as after, one who is added or removed meanwhile may be missing, and no user is
// shown twice. The permission of the caller is checked for each batch.
func Batches[T any](filter UserFilter, idOf func(T) UserID, read func(UserFilter) (Page[T], error), each func([]T) error) error {
	filter.Order, filter.Limit, filter.Uncounted = ByID, batchSize, true
	for {
		page, err := read(filter)
		if err != nil || len(page.Items) == 0 {
			return err
		}
		if err := each(page.Items); err != nil {
			return err
		}
		filter.After = &Cursor{Order: ByID, ID: idOf(page.Items[len(page.Items)-1])}
	}
}
