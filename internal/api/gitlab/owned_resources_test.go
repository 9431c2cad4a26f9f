package gitlab

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/web"
)

func TestPagesOfAListHoldEveryRowOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		page web.Page
		want []int
	}{
		{web.Page{Number: 1, Size: 2}, []int{1, 2}},
		{web.Page{Number: 2, Size: 2}, []int{3, 4}},
		{web.Page{Number: 3, Size: 2}, []int{5}},
		{web.Page{Number: 4, Size: 2}, []int{}},
		{web.Page{Number: 1, Size: 100}, []int{1, 2, 3, 4, 5}},
		{web.Page{Number: math.MaxInt32, Size: 100}, []int{}},
	} {
		if diff := cmp.Diff(c.want, slicePage([]int{1, 2, 3, 4, 5}, c.page)); diff != "" {
			t.Errorf("%+v: %s", c.page, diff)
		}
	}
	if got := slicePage([]int(nil), web.Page{Number: 1, Size: 20}); len(got) != 0 {
		t.Errorf("a page of nothing holds %v", got)
	}
}
