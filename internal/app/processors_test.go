package app

import "testing"

func TestExpensiveReadsTakeNoThreadFromOtherRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ reads, processors, want int }{{1, 1, 2}, {1, 2, 3}, {3, 4, 7}, {100, 4, 8}} {
		if got := threadCount(c.reads, c.processors); got != c.want {
			t.Errorf("%d reads on %d processors: %d threads, want %d", c.reads, c.processors, got, c.want)
		}
	}
}
