package worker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"roster.example/roster/internal/worker"
)

func TestLoopWorksAtOnceAndAfterEachInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		begin := time.Now()
		var times []time.Duration
		worker.NewLoop(time.Minute).Run(ctx, func() {
			if times = append(times, time.Since(begin)); len(times) == 3 {
				stop()
			}
		})
		if len(times) != 3 || times[0] != 0 || times[1] != time.Minute || times[2] != 2*time.Minute {
			t.Errorf("worked at %v", times)
		}
	})
}

func TestWakeDuringWorkIsNotLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		loop, runs, begin := worker.NewLoop(time.Hour), 0, time.Now()
		loop.Run(ctx, func() {
			if runs++; runs == 2 {
				stop()
			}
			loop.Wake()
			loop.Wake() // does not block
		})
		if runs != 2 || time.Since(begin) != 0 {
			t.Errorf("%d runs in %v", runs, time.Since(begin))
		}
	})
}

func TestDelayGrowsFromItsMinimumToItsMaximumWithJitter(t *testing.T) {
	t.Parallel()
	b := worker.Backoff{First: time.Minute, Growth: 2, Max: time.Hour, Jitter: 0.25}
	for earlier, want := range map[int]time.Duration{0: time.Minute, 1: 2 * time.Minute, 5: 32 * time.Minute, 6: time.Hour, 10_000: time.Hour} {
		for range 100 {
			if got := b.Delay(earlier); got < max(want*3/4, b.First) || got > min(want*5/4, b.Max) {
				t.Errorf("after %d attempts: %v, want about %v", earlier+1, got, want)
			}
		}
	}
}

func TestCompletingContextEndsAfterItsGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		completing, cancel := worker.Completing(ctx, time.Second)
		defer cancel()
		stop()
		begin := time.Now()
		synctest.Wait()
		if completing.Err() != nil {
			t.Error("the context ended at once")
		}
		<-completing.Done()
		if got := time.Since(begin); got != time.Second {
			t.Errorf("the context ended after %v", got)
		}
	})
}
