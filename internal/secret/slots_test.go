package secret

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestOneMoreThanSlotsAndQueueIsRefusedAtOnce(t *testing.T) {
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

func TestWithoutQueueNobodyWaits(t *testing.T) {
	t.Parallel()
	s := newSlots(2, 0)
	mustTake(t, s)
	mustTake(t, s)
	if err := s.take(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
}

func TestBusyHasherRefusesEveryKindOfWork(t *testing.T) {
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
	if err := h.VerifyNobody(t.Context(), "x"); !errors.Is(err, ErrBusy) {
		t.Errorf("VerifyNobody: got %v", err)
	}
	h.slots.release()
	if ok, _, err := h.Verify(t.Context(), stored, "correct horse"); !ok || err != nil {
		t.Errorf("afterwards: got %v, %v", ok, err)
	}
}

func mustTake(t *testing.T, s slots) {
	t.Helper()
	if err := s.take(t.Context()); err != nil {
		t.Fatal(err)
	}
}
