package cache

import (
	"math"

	"github.com/RoaringBitmap/roaring/v2"

	"roster.example/roster/internal/model"
)

// isListable reports whether the filter can be answered by lists.
func isListable(filter model.UserFilter) bool {
	return filter.Search == "" && filter.Where == nil && filter.Role == 0 && filter.Order == model.ByID && filter.Offset <= math.MaxUint32
}

// pageOf returns one page of a set.
func pageOf(set *roaring.Bitmap, filter model.UserFilter) model.Page[model.UserID] {
	total := int(set.GetCardinality())
	page := model.Page[model.UserID]{Total: total}
	offset := max(filter.Offset, 0) + countBefore(set, filter, total)
	n := total - offset
	if filter.Limit > 0 {
		n = min(n, filter.Limit)
	}
	if n <= 0 {
		return page
	}
	page.Items = make([]model.UserID, 0, n)
	if filter.Descending {
		return descending(set, page, total-1-offset, n)
	}
	return ascending(set, page, offset, n)
}

// countBefore returns the number of ids up to the cursor of the filter.
func countBefore(set *roaring.Bitmap, filter model.UserFilter, total int) int {
	if filter.After == nil {
		return 0
	}
	after := filter.After.ID
	switch {
	case after < 0:
		after = 0
	case after > math.MaxUint32:
		after = math.MaxUint32
	}
	upTo := int(set.Rank(uint32(after)))
	if !filter.Descending {
		return upTo
	}
	if set.Contains(uint32(after)) {
		upTo--
	}
	return total - upTo
}

// ascending appends n ids from index start on.
func ascending(set *roaring.Bitmap, page model.Page[model.UserID], start, n int) model.Page[model.UserID] {
	first, err := set.Select(uint32(start))
	if err != nil {
		return page
	}
	ids := set.Iterator()
	ids.AdvanceIfNeeded(first)
	for ids.HasNext() && len(page.Items) < n {
		page.Items = append(page.Items, model.UserID(ids.Next()))
	}
	return page
}

// descending appends n ids from index start backwards. A reverse iterator cannot be
// positioned, so each id is selected; pages are short.
func descending(set *roaring.Bitmap, page model.Page[model.UserID], start, n int) model.Page[model.UserID] {
	if start == int(set.GetCardinality())-1 {
		for ids := set.ReverseIterator(); ids.HasNext() && len(page.Items) < n; {
			page.Items = append(page.Items, model.UserID(ids.Next()))
		}
		return page
	}
	for i := range n {
		id, err := set.Select(uint32(start - i))
		if err != nil {
			return page
		}
		page.Items = append(page.Items, model.UserID(id))
	}
	return page
}
