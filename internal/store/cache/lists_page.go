package cache

import (
	"math"

	"github.com/RoaringBitmap/roaring/v2"

	"roster.example/roster/internal/directory"
)

// listable reports whether lists by id can answer.
func listable(filter directory.UserFilter) bool {
	return filter.Search == "" && filter.Where == nil && filter.Order == directory.ByID && filter.Offset <= math.MaxUint32
}

// cut is one page of a set.
func cut(set *roaring.Bitmap, filter directory.UserFilter) directory.Page[directory.UserID] {
	total := int(set.GetCardinality())
	page := directory.Page[directory.UserID]{Total: total}
	offset := max(filter.Offset, 0) + passed(set, filter, total)
	n := total - offset
	if filter.Limit > 0 {
		n = min(n, filter.Limit)
	}
	if n <= 0 {
		return page
	}
	page.Items = make([]directory.UserID, 0, n)
	if filter.Descending {
		return down(set, page, total-1-offset, n)
	}
	return up(set, page, offset, n)
}

// passed is how many ids lie before the place that a page begins after.
func passed(set *roaring.Bitmap, filter directory.UserFilter, total int) int {
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

// up takes n ids from the one at place on.
func up(set *roaring.Bitmap, page directory.Page[directory.UserID], place, n int) directory.Page[directory.UserID] {
	first, err := set.Select(uint32(place))
	if err != nil {
		return page
	}
	ids := set.Iterator()
	ids.AdvanceIfNeeded(first)
	for ids.HasNext() && len(page.Items) < n {
		page.Items = append(page.Items, directory.UserID(ids.Next()))
	}
	return page
}

// down takes n ids from the one at place backwards. Iterators cannot be set to a
// place from behind, so each is looked for; pages are short.
func down(set *roaring.Bitmap, page directory.Page[directory.UserID], place, n int) directory.Page[directory.UserID] {
	if place == int(set.GetCardinality())-1 {
		for ids := set.ReverseIterator(); ids.HasNext() && len(page.Items) < n; {
			page.Items = append(page.Items, directory.UserID(ids.Next()))
		}
		return page
	}
	for i := range n {
		id, err := set.Select(uint32(place - i))
		if err != nil {
			return page
		}
		page.Items = append(page.Items, directory.UserID(id))
	}
	return page
}
