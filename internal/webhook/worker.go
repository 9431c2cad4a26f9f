package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"roster.example/roster/internal/directory"
)

const (
	// interval is how often somebody looks for what other nodes left, and for
	// what is to be tried again.
	interval = 5 * time.Second
	// parallel messages go to one webhook at the same time.
	parallel = 16
	// lease outlasts an attempt and its note.
	lease = time.Minute
	// grace is what a stopping worker grants the messages on their way, and then
	// the store to note what became of them.
	grace = 5 * time.Second

	// maxAttempts is about a day of them: the delays grow from 5 seconds by a
	// factor of two and a half, to 13 hours before the last.
	maxAttempts = 12
	firstDelay  = 5 * time.Second
	growth      = 2.5
)

// Options tune a Worker; their zero values are good.
type Options struct {
	// Interval is the time between two looks at the store when nobody calls
	// Wake; 5 s if zero.
	Interval time.Duration
}

// Worker sends what waits for webhooks. Each webhook has a lane of its own, so that
// one that is slow holds up no other.
type Worker struct {
	queue    directory.WebhookQueue
	caller   caller
	log      *slog.Logger
	interval time.Duration
	wake     chan struct{}

	mu    sync.Mutex
	lanes map[directory.WebhookID]bool // at work; true for those that are to look again
}

// NewWorker gives a worker that does nothing until Run or Drain is called.
func NewWorker(queue directory.WebhookQueue, log *slog.Logger, o Options) *Worker {
	if o.Interval <= 0 {
		o.Interval = interval
	}
	return &Worker{
		queue: queue, caller: newCaller(queue.MayCall), log: log, interval: o.Interval,
		wake: make(chan struct{}, 1), lanes: map[directory.WebhookID]bool{},
	}
}

// Wake makes a running worker look at the store now. Call it after the commit that
// added a delivery; it never blocks.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

// Run sends until ctx ends. It then waits up to five seconds for what is on its way,
// so close the store only after Run has returned.
func (w *Worker) Run(ctx context.Context) {
	tick := time.NewTicker(w.interval)
	defer tick.Stop()
	defer w.caller.close()
	var lanes sync.WaitGroup
	defer lanes.Wait()
	for ctx.Err() == nil {
		w.start(ctx, &lanes)
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-tick.C:
		}
	}
}

// Drain sends what is due and returns when nothing is left but what has to wait.
func (w *Worker) Drain(ctx context.Context) error {
	due, err := w.queue.Due(ctx)
	for _, id := range due {
		err = errors.Join(err, w.drain(ctx, id))
	}
	return err
}

// start opens a lane for each webhook that something is due for.
func (w *Worker) start(ctx context.Context, lanes *sync.WaitGroup) {
	due, err := w.queue.Due(ctx)
	if err != nil && ctx.Err() == nil {
		w.log.ErrorContext(ctx, "webhook queue is not readable", "error", err)
	}
	for _, id := range due {
		if !w.enter(id) {
			continue
		}
		lanes.Go(func() {
			for again := true; again; again = w.leave(id) {
				if err := w.drain(ctx, id); err != nil && ctx.Err() == nil {
					w.log.ErrorContext(ctx, "webhook queue is not readable or writable", "webhook", id, "error", err)
				}
			}
		})
	}
}

// enter reports whether there was no lane yet. One that is there is told to look
// again before it closes, for it may have looked already.
func (w *Worker) enter(id directory.WebhookID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, open := w.lanes[id]
	w.lanes[id] = open
	return !open
}

// leave closes a lane, unless it is to look again.
func (w *Worker) leave(id directory.WebhookID) (again bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lanes[id] {
		w.lanes[id] = false
		return true
	}
	delete(w.lanes, id)
	return false
}

// drain serves one webhook until nothing is due for it.
func (w *Worker) drain(ctx context.Context, id directory.WebhookID) error {
	for ctx.Err() == nil {
		batch, err := w.queue.Claim(ctx, id, parallel, lease)
		if err != nil {
			return fmt.Errorf("claim deliveries: %w", err)
		}
		if len(batch.Due) == 0 {
			return nil
		}
		errs := make([]error, len(batch.Due))
		var sent sync.WaitGroup
		for i, one := range batch.Due {
			sent.Go(func() { errs[i] = w.deliver(ctx, batch, one) })
		}
		sent.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}

// deliver sends one message and notes what became of it, also when ctx ends
// meanwhile: a message whose fate is not noted goes out again.
func (w *Worker) deliver(ctx context.Context, batch directory.WebhookBatch, one directory.QueuedDelivery) error {
	callCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	defer stop()
	status, err := w.caller.call(callCtx, batch, one, w.queue.Now())
	noteCtx, end := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer end()
	if err := w.note(noteCtx, one, status, err); err != nil {
		return fmt.Errorf("note the outcome of delivery %d: %w", one.ID, err)
	}
	return nil
}

func (w *Worker) note(ctx context.Context, one directory.QueuedDelivery, status int, err error) error {
	log := w.log.With("webhook", one.Webhook, "delivery", one.ID, "event", one.Delivery.Event, "attempt", one.Attempts+1, "status", status)
	if status >= 200 && status < 300 { // whatever became of the rest of the answer
		log.DebugContext(ctx, "event delivered")
		return w.queue.Delivered(ctx, one.Delivery, status)
	}
	if err == nil {
		err = fmt.Errorf("it answered %d", status)
	}
	switch {
	case status == http.StatusGone:
		log.WarnContext(ctx, "webhook disabled: its receiver is gone")
		return errors.Join(w.queue.GiveUp(ctx, one.Delivery, status, err.Error()),
			w.queue.Disable(ctx, one.Webhook, "its receiver answered 410 Gone"))
	case one.Attempts+1 >= maxAttempts:
		log.ErrorContext(ctx, "event given up", "reason", err)
		return w.queue.GiveUp(ctx, one.Delivery, status, err.Error())
	}
	at := w.queue.Now().Add(backoff(one.Attempts))
	log.WarnContext(ctx, "event will be delivered again", "at", at, "reason", err)
	return w.queue.Delay(ctx, one.Delivery, at, status, err.Error())
}

// backoff grows with the attempts. A fifth more or less, by chance, keeps messages
// that failed together from knocking together again.
func backoff(attempts int) time.Duration {
	delay := float64(firstDelay) * math.Pow(growth, float64(attempts))
	return time.Duration(delay * (0.8 + 0.4*rand.Float64()))
}
