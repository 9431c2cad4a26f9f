package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestStalledProbeIsAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p probe
		if err := p.check(t.Context(), func(context.Context, bool) error { return nil }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(probeInterval)
		release, writes := make(chan struct{}), 0
		stalled := func(context.Context, bool) error { // does not end with its context, as a stalled disk
			writes++
			<-release
			return nil
		}
		first := make(chan error, 1)
		go func() { first <- p.check(t.Context(), stalled) }()
		synctest.Wait()
		if err := p.check(t.Context(), stalled); err != nil {
			t.Errorf("a short write after a good result: %v", err)
		}
		if err := <-first; !errors.Is(err, errProbeSlow) {
			t.Errorf("the request that started the write got %v", err)
		}
		for range 3 {
			if err := p.check(t.Context(), stalled); !errors.Is(err, errProbeSlow) {
				t.Errorf("a later request got %v", err)
			}
		}
		if writes != 1 {
			t.Errorf("%d writes were started", writes)
		}
		close(release)
		synctest.Wait()
		if err := p.check(t.Context(), stalled); err != nil {
			t.Errorf("after the write ended: %v", err)
		}
	})
}

func TestFirstProbeIsAwaited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p probe
		failure := errors.New("disk full")
		slow := func(context.Context, bool) error { time.Sleep(time.Second); return failure }
		results := make(chan error, 2)
		for range 2 {
			go func() { results <- p.check(t.Context(), slow) }()
		}
		for range 2 {
			if err := <-results; !errors.Is(err, failure) {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestClientThatDisconnectsDoesNotEndTheProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p probe
		ctx, cancel := context.WithCancel(t.Context())
		write := func(ctx context.Context, _ bool) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Second):
				return nil
			}
		}
		go cancel()
		if err := p.check(ctx, write); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if err := p.check(t.Context(), write); err != nil {
			t.Errorf("the next request got %v", err)
		}
	})
}

func TestProbeThatWaitsForItsTimeLimitIsAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p probe
		err := p.check(t.Context(), func(ctx context.Context, _ bool) error { <-ctx.Done(); return ctx.Err() })
		if err == nil {
			t.Error("ready")
		}
	})
}

func TestFailedWriteIsProbedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p probe
		failure := errors.New("disk full")
		good := func(context.Context, bool) error { return nil }
		bad := func(context.Context, bool) error { return failure }
		if err := p.check(t.Context(), good); err != nil {
			t.Fatal(err)
		}
		p.failed.Store(true)
		if err := p.check(t.Context(), bad); !errors.Is(err, failure) {
			t.Errorf("after another failed write: %v", err)
		}
		time.Sleep(probeRetryInterval)
		if err := p.check(t.Context(), good); err != nil {
			t.Errorf("a second after the failure: %v", err)
		}
	})
}

// The disk is almost full: small writes succeed, and those of operations fail.
func TestAfterAFailedWriteOnlyAThoroughProbeMakesItReady(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p probe
		full, small := false, 0
		write := func(_ context.Context, thorough bool) error {
			if thorough && full {
				return errors.New("disk full")
			}
			if !thorough {
				small++
			}
			return nil
		}
		if err := p.check(t.Context(), write); err != nil || small != 0 {
			t.Fatalf("first: %v, and %d small writes", err, small)
		}
		time.Sleep(probeInterval)
		if err := p.check(t.Context(), write); err != nil || small != 1 {
			t.Fatalf("later: %v, and %d small writes", err, small)
		}
		full = true
		p.failed.Store(true)
		for range 20 {
			if err := p.check(t.Context(), write); err == nil {
				t.Fatal("ready although operations fail")
			}
			time.Sleep(probeRetryInterval)
		}
		full = false
		if err := p.check(t.Context(), write); err != nil || small != 1 {
			t.Errorf("with free space: %v, and %d small writes", err, small)
		}
	})
}

func TestFullDiskIsDetectedWithoutAFailedWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p probe
		full := false
		write := func(_ context.Context, thorough bool) error {
			if thorough && full {
				return errors.New("disk full")
			}
			return nil
		}
		if err := p.check(t.Context(), write); err != nil {
			t.Fatal(err)
		}
		full = true
		time.Sleep(provenFor)
		if err := p.check(t.Context(), write); err == nil {
			t.Error("ready")
		}
	})
}
