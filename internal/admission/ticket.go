package admission

import "context"

// Ticket is the right of one request to work in a class. All methods do nothing on
// a nil ticket. A ticket serves one goroutine.
type Ticket struct {
	limiter *limiter // nil for work that is of a class but not bounded
	class   Class
	caller  string
	paused  bool
	ended   bool
}

// Leave ends the ticket. Leaving again does nothing.
func (t *Ticket) Leave() {
	if t == nil || t.ended || t.limiter == nil {
		return
	}
	t.ended = true
	t.limiter.release(t.caller, !t.paused, true)
}

// Pause frees the slot while the request waits for something else, such as a slow
// client. The request still counts against the bound of its caller.
func (t *Ticket) Pause() {
	if t == nil || t.paused || t.ended || t.limiter == nil {
		return
	}
	t.paused = true
	t.limiter.release(t.caller, true, false)
}

// Resume blocks until the request has a slot again, or ctx ends.
func (t *Ticket) Resume(ctx context.Context) error {
	if t == nil || !t.paused || t.ended {
		return nil
	}
	if err := t.limiter.resume(ctx, t.caller); err != nil {
		return err
	}
	t.paused = false
	return nil
}

// Bounded reports whether the request holds a slot, or held one before it paused.
func (t *Ticket) Bounded() bool { return t != nil && t.limiter != nil }

type ticketKey struct{}

// With returns a context that carries the ticket, for [ClassIn] and [In].
func (t *Ticket) With(ctx context.Context) context.Context {
	if t == nil {
		return ctx
	}
	return context.WithValue(ctx, ticketKey{}, t)
}

// In returns the ticket of ctx, or nil.
func In(ctx context.Context) *Ticket {
	t, _ := ctx.Value(ticketKey{}).(*Ticket)
	return t
}

// ClassIn returns the class of the work that ctx belongs to.
func ClassIn(ctx context.Context) Class {
	if t := In(ctx); t != nil {
		return t.class
	}
	return Ordinary
}

// Mark returns a context of class for work that no limit holds, such as commands of
// the operator: it uses the resources that the class has for itself.
func Mark(ctx context.Context, class Class) context.Context {
	return (&Ticket{class: class}).With(ctx)
}
