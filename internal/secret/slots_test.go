package secret

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
)

func TestRequestBeyondSlotsAndQueueIsRejectedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(1, 1)
		mustTake(t, s)
		waiter := make(chan error, 1)
		go func() { waiter <- s.take(t.Context()) }()
		synctest.Wait()
		if err := s.take(t.Context()); !errors.Is(err, ErrBusy) {
			t.Errorf("third: got %v, want %v", err, ErrBusy)
		}
		s.release()
		if err := <-waiter; err != nil {
			t.Errorf("waiter: %v", err)
		}
		s.release()
		mustTake(t, s)
	})
}

func TestWaitForASlotEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(1, 1)
		mustTake(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		waiter := make(chan error, 1)
		go func() { waiter <- s.take(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-waiter; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if n := len(s.waiting); n != 0 {
			t.Errorf("the place in the queue was not given back: %d are taken", n)
		}
	})
}

func TestWithoutQueueNoRequestWaits(t *testing.T) {
	t.Parallel()
	s := newSlots(2, 0)
	mustTake(t, s)
	mustTake(t, s)
	if err := s.take(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
}

func TestBusyHasherRejectsEveryOperation(t *testing.T) {
	t.Parallel()
	h := NewHasher(CheapParams(), 1, 0)
	stored, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	mustTake(t, h.slots)
	if _, err := h.Hash(t.Context(), "x"); !errors.Is(err, ErrBusy) {
		t.Errorf("Hash: got %v", err)
	}
	if _, _, err := h.Verify(t.Context(), stored, "x"); !errors.Is(err, ErrBusy) {
		t.Errorf("Verify: got %v", err)
	}
	if err := h.VerifyDummy(t.Context(), "x"); !errors.Is(err, ErrBusy) {
		t.Errorf("VerifyNobody: got %v", err)
	}
	h.slots.release()
	if ok, _, err := h.Verify(t.Context(), stored, "correct horse"); !ok || err != nil {
		t.Errorf("afterwards: got %v, %v", ok, err)
	}
}

func mustTake(t *testing.T, s *slots) {
	t.Helper()
	if err := s.take(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// queue queues requests of these origins one after the other. It returns a channel of their names in the
// order in which they get slots.
func queue(t *testing.T, s *slots, names ...string) <-chan string {
	t.Helper()
	served := make(chan string, len(names))
	for _, name := range names {
		wide, _, _ := strings.Cut(name, ".")
		ctx := WithOrigin(t.Context(), Origin{Wide: wide, Narrow: name})
		go func() {
			if err := s.take(ctx); err != nil {
				name = "busy " + name
			}
			served <- name
		}()
		synctest.Wait()
	}
	return served
}

func drain(s *slots, served <-chan string, n int) (order []string) {
	for range n {
		s.release()
		order = append(order, <-served)
	}
	return order
}

func TestNetworksGetSlotsInTurn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, come, served string }{
		{"one address", "a.1 a.1 a.1", "a.1 a.1 a.1"},
		{"a flood and one other", "a.1 a.1 a.1 a.1 b.1", "a.1 b.1 a.1 a.1 a.1"},
		{"a flood of a wide network", "a.1 a.2 a.3 a.4 b.1 b.1", "a.1 b.1 a.2 b.1 a.3 a.4"},
		{"addresses of one wide network", "a.1 a.1 a.1 a.2", "a.1 a.2 a.1 a.1"},
		{"three networks", "a.1 a.1 b.1 b.1 c.1 c.1", "a.1 b.1 c.1 a.1 b.1 c.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSlots(1, 10)
				mustTake(t, s)
				come := strings.Fields(c.come)
				if got := strings.Join(drain(s, queue(t, s, come...), len(come)), " "); got != c.served {
					t.Errorf("got %s, want %s", got, c.served)
				}
				if len(s.turns) != 0 || len(s.waiting) != 0 {
					t.Errorf("%d turns and %d waiters are left", len(s.turns), len(s.waiting))
				}
			})
		})
	}
}

func TestOneAddressFillsOnlyItsOwnQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(1, 2)
		mustTake(t, s)
		served := queue(t, s, "a.1", "a.1", "a.1", "b.1")
		if got := <-served; got != "busy a.1" {
			t.Errorf("got %s", got)
		}
		if got := strings.Join(drain(s, served, 3), " "); got != "a.1 b.1 a.1" {
			t.Errorf("got %s", got)
		}
	})
}

// The network with the most waiting requests gives up a place: eight of its addresses fill the whole
// queue.
func TestFullQueueAdmitsOtherNetworks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(1, 1)
		mustTake(t, s)
		served := queue(t, s, "a.1", "a.2", "a.3", "a.4", "a.5", "a.6", "a.7", "a.8", "b.1", "a.9")
		if got := []string{<-served, <-served}; got[0] != "busy a.8" || got[1] != "busy a.9" {
			t.Errorf("got %v", got)
		}
		if got := strings.Join(drain(s, served, 8), " "); got != "a.1 b.1 a.2 a.3 a.4 a.5 a.6 a.7" {
			t.Errorf("got %s", got)
		}
	})
}
