package operation

import (
	"testing"
	"time"
)

// testClock has a wall clock and a monotonic clock, which tests advance.
type testClock struct {
	wall    time.Time
	running time.Duration
}

func newHandClock() (*testClock, *steadyClock) {
	h := &testClock{wall: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	return h, newClock(func() time.Time { return h.wall }, func() time.Duration { return h.running })
}

// pass advances both clocks.
func (h *testClock) pass(d time.Duration) { h.wall, h.running = h.wall.Add(d), h.running+d }

// set sets only the wall clock.
func (h *testClock) set(by time.Duration) { h.wall = h.wall.Add(by) }

func TestTimeFollowsAWallClockThatAdvances(t *testing.T) {
	t.Parallel()
	hand, c := newHandClock()
	for _, step := range []time.Duration{0, time.Microsecond, time.Second, time.Hour, 1000 * time.Hour} {
		hand.pass(step)
		if got := c.Now(); !got.Equal(hand.wall) {
			t.Errorf("after %s it is %s, want %s", step, got, hand.wall)
		}
	}
	hand.set(time.Hour)
	if got := c.Now(); !got.Equal(hand.wall) {
		t.Errorf("a clock that was set forward is not followed: %s, want %s", got, hand.wall)
	}
}

func TestTimeDoesNotGoBackWithTheWallClockAndCatchesUp(t *testing.T) {
	t.Parallel()
	hand, c := newHandClock()
	before := c.Now()
	hand.set(-time.Hour)
	if got := c.Now(); !got.Equal(before) {
		t.Errorf("it went from %s to %s", before, got)
	}
	last := before
	for range 118 {
		hand.pass(time.Minute)
		now := c.Now()
		if gone := now.Sub(last); gone != 30*time.Second {
			t.Fatalf("in the minute before %s it went on by %s", hand.running, gone)
		}
		last = now
	}
	hand.pass(2 * time.Minute) // the wall clock has caught up
	if got := c.Now(); !got.Equal(hand.wall) {
		t.Errorf("after two hours it is %s, want %s", got, hand.wall)
	}
}

// A duration that ends at a stored time lasts at least its length, and at most its length and the step.
func TestDurationsAreExtendedByAtMostTheStep(t *testing.T) {
	t.Parallel()
	for _, length := range []time.Duration{time.Minute, 10 * time.Minute, time.Hour, 26 * time.Hour} {
		for _, step := range []time.Duration{time.Second, 10 * time.Minute, time.Hour, 23 * time.Hour, 48 * time.Hour} {
			hand, c := newHandClock()
			ends := c.Now().Add(length)
			hand.pass(length / 3)
			c.Now()
			hand.set(-step)
			for c.Now().Before(ends) && hand.running < 1000*time.Hour {
				hand.pass(time.Second)
			}
			if lasted := hand.running; lasted < length || lasted > length+step+time.Second {
				t.Errorf("%s lasted %s after a step of %s", length, lasted, step)
			}
		}
	}
}

func TestALargeStepIsFollowedAtOnce(t *testing.T) {
	t.Parallel()
	hand, c := newHandClock()
	c.Now()
	hand.set(-48 * time.Hour)
	if got := c.Now(); !got.Equal(hand.wall) {
		t.Errorf("it is %s, want %s", got, hand.wall)
	}
	hand.pass(time.Minute)
	if got := c.Now(); !got.Equal(hand.wall) {
		t.Errorf("a minute later it is %s, want %s", got, hand.wall)
	}
}

func BenchmarkSteadyClock(b *testing.B) {
	start := time.Now()
	c := newClock(time.Now, func() time.Duration { return time.Since(start) })
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.Now()
		}
	})
}
