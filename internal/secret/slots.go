package secret

import (
	"context"
	"errors"
	"fmt"
)

// ErrBusy says that all hash slots and all places in the queue are taken. The
// caller should answer "too many requests" and name a time to come back.
var ErrBusy = errors.New("too many passwords are being checked: try again in a few seconds")

// slots lets a fixed number of hashes run at once and a fixed number wait.
//
// One hash takes 19 MiB and tens of milliseconds. Without a limit a flood of
// logins would take all memory and starve every other request.
type slots struct {
	running chan struct{}
	waiting chan struct{}
}

// newSlots allows at least one hash to run; a negative queue counts as none.
func newSlots(run, queue int) slots {
	return slots{
		running: make(chan struct{}, max(run, 1)),
		waiting: make(chan struct{}, max(queue, 0)),
	}
}

// take gets a slot, waiting in the queue if it has a place. It fails with
// ErrBusy at once if not, and with the context's error if that ends first.
func (s slots) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for a hash slot: %w", err)
	}
	select {
	case s.running <- struct{}{}:
		return nil
	default:
	}
	select {
	case s.waiting <- struct{}{}:
		defer func() { <-s.waiting }()
	default:
		return ErrBusy
	}
	select {
	case s.running <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a hash slot: %w", ctx.Err())
	}
}

// release gives back what take got.
func (s slots) release() { <-s.running }
