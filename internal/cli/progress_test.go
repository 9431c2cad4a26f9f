package cli

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// progressText returns the output of progress for work with n items per second.
func progressText(t *testing.T, total int64, seconds int, n int64) string {
	var log strings.Builder
	synctest.Test(t, func(*testing.T) {
		p := newProgress(&log, total, "rows")
		for range seconds {
			time.Sleep(time.Second)
			p.Add(n)
		}
		p.Finish()
	})
	return log.String()
}

func TestProgressInALogIsALineEveryTenSeconds(t *testing.T) {
	t.Parallel()
	want := `rows: 1000 of 4000 (25 %), 100/s, 30s left
rows: 2000 of 4000 (50 %), 100/s, 20s left
rows: 2500 in 25s, 100/s
`
	if got := progressText(t, 4000, 25, 100); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestProgressOfUnknownTotalHasNoEstimate(t *testing.T) {
	t.Parallel()
	if got, want := progressText(t, -1, 12, 5), "rows: 50, 5/s\nrows: 60 in 12s, 5/s\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestProgressBeyondTheTotalHasNoEstimate(t *testing.T) {
	t.Parallel()
	if got, want := progressText(t, 30, 10, 5), "rows: 50, 5/s\nrows: 50 in 10s, 5/s\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestQuickWorkPrintsOneLine(t *testing.T) {
	t.Parallel()
	if got, want := progressText(t, 0, 0, 0), "rows: 0 in 1ms, 0/s\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
