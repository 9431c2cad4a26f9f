package throttle_test

import (
	"maps"
	"testing"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/throttle"
)

// A table holds counters in memory.
type table map[string]throttle.Counter

func (t table) Throttle(key string) (throttle.Counter, error) { return t[key], nil }

func (t table) Throttles([]string) (map[string]throttle.Counter, error) { return maps.Clone(t), nil }

func (t table) ThrottlesUnder(string) ([]throttle.Counter, error) { return nil, nil }

func (t table) PutThrottle(c throttle.Counter) error { t[c.Key] = c; return nil }

func (t table) DropThrottle(key string) error { delete(t, key); return nil }

func (t table) DropThrottles(string) error { clear(t); return nil }

func TestKeyIsLockedAtItsLimitUntilTheLockEnds(t *testing.T) {
	t.Parallel()
	now, counters := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), table{}
	b := throttle.Bound{Key: "k", Limit: 2, Window: time.Minute, Lock: time.Hour}
	for i := range 2 {
		if err := throttle.Take(counters, now, b); err != nil {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
	if err := throttle.Take(counters, now.Add(59*time.Minute), b); fault.KindOf(err) != fault.Limited {
		t.Errorf("got %v within the lock", err)
	}
	if err := throttle.Take(counters, now.Add(time.Hour), b); err != nil || counters["k"].Failures != 1 {
		t.Errorf("got %v and %+v after the lock", err, counters["k"])
	}
}

func TestLimitWithoutALockEndsWithItsWindow(t *testing.T) {
	t.Parallel()
	now, counters := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), table{}
	b := throttle.Bound{Key: "k", Limit: 1, Window: time.Minute}
	if err := throttle.Take(counters, now, b); err != nil {
		t.Fatal(err)
	}
	if err := throttle.Check(counters, now.Add(59*time.Second), "k"); fault.KindOf(err) != fault.Limited {
		t.Errorf("got %v within the window", err)
	}
	if err := throttle.Check(counters, now.Add(time.Minute), "k"); err != nil {
		t.Errorf("got %v after the window", err)
	}
}

func TestNetworksOfAnAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][2]string{
		"192.0.2.7":          {"192.0.2.7/32", "192.0.2.0/24"},
		"::ffff:192.0.2.7":   {"192.0.2.7/32", "192.0.2.0/24"},
		"2001:db8:1:2::3%e0": {"2001:db8:1:2::/64", "2001:db8:1::/48"},
		"@":                  {"@", "@"},
	} {
		if narrow, wide := throttle.Networks(address); narrow != want[0] || wide != want[1] {
			t.Errorf("%s: got %s and %s", address, narrow, wide)
		}
	}
}

func TestReleasedReservationKeepsEarlierCounts(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b := throttle.Bound{Key: "k", Limit: 3, Window: time.Hour, Lock: time.Minute}
	for name, c := range map[string]struct {
		before int           // attempts at start
		wait   time.Duration // from then to the reservation
		beside int           // attempts between reservation and return
		later  time.Duration // from the reservation to them
		want   int
		locked bool
	}{
		"nothing before":               {0, 0, 0, 0, 0, false},
		"one before":                   {1, 0, 0, 0, 1, false},
		"the reservation locked":       {2, 0, 0, 0, 2, false},
		"others reach the limit":       {0, 0, 2, 0, 2, false},
		"others exceed the limit":      {0, 0, 3, 0, 3, true},
		"a lock that ended":            {3, time.Minute, 0, 0, 3, false},
		"others in another window":     {0, 0, 2, 2 * time.Hour, 2, false},
		"the window of before is over": {2, 2 * time.Hour, 0, 0, 0, false},
	} {
		counters, now := table{}, start
		for range c.before {
			must(t, throttle.Count(counters, now, b))
		}
		now = now.Add(c.wait)
		reserved, err := throttle.Reserve(counters, now, b, throttle.Bound{Key: "unlimited"})
		must(t, err)
		now = now.Add(c.later)
		for range c.beside {
			must(t, throttle.Count(counters, now, b))
		}
		must(t, reserved.GiveBack(counters))
		if got := counters["k"].Failures; got != c.want {
			t.Errorf("%s: %d attempts are counted, want %d", name, got, c.want)
		}
		if locked := throttle.Check(counters, now, "k") != nil; locked != c.locked {
			t.Errorf("%s: locked is %t", name, locked)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
