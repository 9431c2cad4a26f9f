package sqldb

// minSegments is the number of segments from which on a merge is worthwhile.
const minSegments = 5

// MergeSearch reports more if the number of changed rows shows that FTS5 merged segments.
func (w *writer) MergeSearch(first bool) (more bool, err error) {
	step := w.engine.Merge
	if step == "" {
		return false, nil
	}
	if first {
		step = w.engine.MergeAll
		segments, err := w.amount(w.engine.CountSegments)
		if err != nil || segments < minSegments {
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
