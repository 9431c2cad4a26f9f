package sqldb

// manyPieces is from how many pieces on it is worth while to make one of them.
const manyPieces = 5

// MergeSearch looks by the count of rows that have changed whether there was
// something to do: that is how FTS5 tells.
func (w *writer) MergeSearch(first bool) (more bool, err error) {
	step := w.engine.Merge
	if step == "" {
		return false, nil
	}
	if first {
		step = w.engine.MergeAll
		pieces, err := w.amount(w.engine.CountSegments)
		if err != nil || pieces < manyPieces {
			return false, err
		}
	}
	before, err := w.amount(`SELECT total_changes()`)
	if err != nil {
		return false, err
	}
	if err := w.put("search", step); err != nil {
		return false, err
	}
	after, err := w.amount(`SELECT total_changes()`)
	return after-before > 1, err
}

func (w *writer) amount(query string) (int64, error) {
	return one(w.reader, "search", scanID[int64], query)
}
