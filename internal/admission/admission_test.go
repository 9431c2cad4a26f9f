package admission_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"roster.example/roster/internal/admission"
)

const reads = admission.ExpensiveReads

func controller(l admission.Limits) *admission.Controller {
	return admission.New(map[admission.Class]admission.Limits{reads: l})
}

func enter(t *testing.T, c *admission.Controller, caller string) *admission.Ticket {
	t.Helper()
	ticket, err := c.Enter(t.Context(), reads, caller)
	if err != nil {
		t.Fatalf("%s was rejected: %v", caller, err)
	}
	return ticket
}

func requireRejected(t *testing.T, c *admission.Controller, caller string, byCaller bool) {
	t.Helper()
	_, err := c.Enter(t.Context(), reads, caller)
	rejected, ok := errors.AsType[*admission.Rejected](err)
	if !ok || rejected.ByCaller != byCaller || rejected.RetryAfter < time.Second {
		t.Fatalf("%s got %#v, want a rejection with ByCaller %t", caller, err, byCaller)
	}
}

func TestThirdRequestOfACallerIsRejectedWhileAnotherCallerIsServed(t *testing.T) {
	t.Parallel()
	c := controller(admission.Limits{Slots: 4, PerCaller: 2})
	first, second := enter(t, c, "ada"), enter(t, c, "ada")
	requireRejected(t, c, "ada", true)
	enter(t, c, "bob").Leave()
	first.Leave()
	enter(t, c, "ada").Leave()
	second.Leave()
}

func TestServerLimitRejectsCallersWithoutRunningRequests(t *testing.T) {
	t.Parallel()
	c := controller(admission.Limits{Slots: 2, PerCaller: 2})
	first, second := enter(t, c, "ada"), enter(t, c, "bob")
	requireRejected(t, c, "cyd", false)
	first.Leave()
	enter(t, c, "cyd").Leave()
	second.Leave()
}

func TestOtherClassesAreNotLimited(t *testing.T) {
	t.Parallel()
	c := controller(admission.Limits{Slots: 1, PerCaller: 1})
	held := enter(t, c, "ada")
	for range 100 {
		ticket, err := c.Enter(t.Context(), admission.Ordinary, "ada")
		if ticket != nil || err != nil {
			t.Fatalf("an ordinary request got %v, %v", ticket, err)
		}
		ticket.Leave()
	}
	held.Leave()
}

func TestQueueServesCallersInTurn(t *testing.T) {
	t.Parallel()
	c := controller(admission.Limits{Slots: 1, PerCaller: 1, Queue: 40, Wait: time.Hour})
	held := enter(t, c, "ada")
	served := make(chan string)
	release := make(chan struct{})
	wait := func(caller string) {
		go func() {
			ticket, err := c.Enter(context.WithoutCancel(t.Context()), reads, caller)
			if err != nil {
				caller = err.Error()
			}
			served <- caller
			<-release
			ticket.Leave()
		}()
	}
	for range 3 {
		wait("ada")
	}
	for c.Waiting(reads) < 3 {
		time.Sleep(time.Millisecond)
	}
	wait("bob")
	for c.Waiting(reads) < 4 {
		time.Sleep(time.Millisecond)
	}
	held.Leave()
	var order []string
	for range 4 {
		order = append(order, <-served)
		release <- struct{}{}
	}
	if got := fmt.Sprint(order); got != "[ada ada ada bob]" {
		t.Errorf("the order was %s: with one slot it is the order of arrival", got)
	}
}

func TestCallerWithFewestRunningRequestsIsServedFirst(t *testing.T) {
	t.Parallel()
	c := controller(admission.Limits{Slots: 2, PerCaller: 2, Queue: 40, Wait: time.Hour})
	first, second := enter(t, c, "ada"), enter(t, c, "ada")
	served := make(chan string, 2)
	for i, caller := range []string{"ada", "bob"} {
		go func() {
			if _, err := c.Enter(context.WithoutCancel(t.Context()), reads, caller); err != nil {
				caller = err.Error()
			}
			served <- caller
		}()
		for c.Waiting(reads) < i+1 {
			time.Sleep(time.Millisecond)
		}
	}
	first.Leave()
	if got := <-served; got != "bob" {
		t.Errorf("%s was served first", got)
	}
	second.Leave()
	<-served
}

func TestOneCallerCannotFillTheQueue(t *testing.T) {
	t.Parallel()
	c := controller(admission.Limits{Slots: 1, PerCaller: 1, Queue: 8, Wait: time.Hour})
	held := enter(t, c, "ada")
	for range 2 {
		go func() {
			if ticket, err := c.Enter(context.WithoutCancel(t.Context()), reads, "ada"); err == nil {
				ticket.Leave()
			}
		}()
	}
	for c.Waiting(reads) < 2 {
		time.Sleep(time.Millisecond)
	}
	requireRejected(t, c, "ada", true)
	done := make(chan error)
	go func() {
		ticket, err := c.Enter(context.WithoutCancel(t.Context()), reads, "bob")
		ticket.Leave()
		done <- err
	}()
	for c.Waiting(reads) < 3 {
		time.Sleep(time.Millisecond)
	}
	held.Leave()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestWaitingEndsWithARejectionOrACancellation(t *testing.T) {
	t.Parallel()
	c := controller(admission.Limits{Slots: 1, PerCaller: 1, Queue: 8, Wait: time.Millisecond})
	held := enter(t, c, "ada")
	requireRejected(t, c, "bob", false)
	requireRejected(t, c, "ada", true)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Enter(ctx, reads, "cyd"); err == nil {
		t.Error("a cancelled request entered")
	}
	if n := c.Waiting(reads); n != 0 {
		t.Errorf("%d requests still wait", n)
	}
	held.Leave()
	held.Leave()
	enter(t, c, "cyd").Leave()
}

func TestPausedTicketFreesItsSlotAndStaysWithItsCaller(t *testing.T) {
	t.Parallel()
	c := controller(admission.Limits{Slots: 1, PerCaller: 1})
	stream := enter(t, c, "ada")
	stream.Pause()
	requireRejected(t, c, "ada", true)
	search := enter(t, c, "bob")
	resumed := make(chan error)
	go func() { resumed <- stream.Resume(context.WithoutCancel(t.Context())) }()
	for c.Waiting(reads) < 1 {
		time.Sleep(time.Millisecond)
	}
	requireRejected(t, c, "cyd", false)
	search.Leave()
	if err := <-resumed; err != nil {
		t.Fatal(err)
	}
	requireRejected(t, c, "cyd", false)
	stream.Leave()
	enter(t, c, "cyd").Leave()
}

func TestSlotsAreNeverExceeded(t *testing.T) {
	t.Parallel()
	const slots = 3
	c := controller(admission.Limits{Slots: slots, PerCaller: 2, Queue: 1000, Wait: time.Hour})
	var mu sync.Mutex
	working, most := 0, 0
	count := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		working += n
		most = max(most, working)
	}
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			ticket, err := c.Enter(context.WithoutCancel(t.Context()), reads, fmt.Sprint(i%7))
			if err != nil {
				t.Error(err)
				return
			}
			count(1)
			count(-1)
			ticket.Pause()
			if err := ticket.Resume(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
			count(1)
			count(-1)
			ticket.Leave()
		})
	}
	all.Wait()
	if most > slots {
		t.Errorf("%d requests worked at the same time on %d slots", most, slots)
	}
}

func TestContextCarriesTheClass(t *testing.T) {
	t.Parallel()
	if got := admission.ClassIn(t.Context()); got != admission.Ordinary {
		t.Errorf("a context of no class has the class %q", got)
	}
	if got := admission.ClassIn(admission.Mark(t.Context(), reads)); got != reads {
		t.Errorf("a marked context has the class %q", got)
	}
	admission.In(admission.Mark(t.Context(), reads)).Pause()
	var none *admission.Ticket
	none.Pause()
	none.Leave()
	if err := none.Resume(t.Context()); err != nil {
		t.Error(err)
	}
}
