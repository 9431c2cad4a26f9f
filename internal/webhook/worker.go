package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"roster.example/roster/internal/directory"
)

const (
	// interval is how often somebody looks for what other nodes left, and for
	// what is to be tried again.
	interval = 5 * time.Second
	// looks is how many intervals pass until backlogs are looked at: a minute.
	looks = 12
	// parallel messages go to one webhook at the same time.
	parallel = 16
	// lease outlasts an attempt and its note.
	lease = time.Minute
	// grace is what a stopping worker grants the messages on their way, and then
	// the store to note what became of them.
	grace = 5 * time.Second

	// maxAttempts take a day at least: the delays grow from 5 seconds to 17 hours
	// before the last.
	maxAttempts = 12
	firstDelay  = 5 * time.Second
	growth      = 2.56
	// longestPause is how long a webhook that fails is left alone at most.
	longestPause = 15 * time.Minute
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
	look := time.NewTicker(looks * w.interval)
	defer look.Stop()
	defer w.caller.close()
	var lanes sync.WaitGroup
	defer lanes.Wait()
	for ctx.Err() == nil {
		w.start(ctx, &lanes)
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-tick.C:
		case <-look.C:
			if err := w.queue.Curb(ctx); err != nil && ctx.Err() == nil {
				w.log.ErrorContext(ctx, "webhook backlogs cannot be looked at", "error", err)
			}
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

// drain serves one webhook until nothing is due for it, or it fails.
func (w *Worker) drain(ctx context.Context, id directory.WebhookID) error {
	for ctx.Err() == nil {
		batch, err := w.queue.Claim(ctx, id, parallel, lease)
		if err != nil {
			return fmt.Errorf("claim deliveries: %w", err)
		}
		if len(batch.Due) == 0 {
			return nil
		}
		failed, err := w.send(ctx, batch)
		if err != nil {
			return err
		}
		if len(failed) == len(batch.Due) {
			return nil // until a probe succeeds
		}
	}
	return nil
}

// send gives what failed of a batch. It notes at once what was taken, and together
// what failed: one that does not work may be one of many.
func (w *Worker) send(ctx context.Context, batch directory.WebhookBatch) ([]attempt, error) {
	all := make([]attempt, len(batch.Due))
	errs := make([]error, len(batch.Due))
	var sent sync.WaitGroup
	for i, one := range batch.Due {
		sent.Go(func() { all[i], errs[i] = w.deliver(ctx, batch, one) })
	}
	sent.Wait()
	failed := slices.DeleteFunc(all, func(a attempt) bool { return a.err == nil })
	if len(failed) > 0 {
		errs = append(errs, w.noteFailures(ctx, batch, failed))
	}
	return failed, errors.Join(errs...)
}

// attempt is what became of one delivery.
type attempt struct {
	directory.QueuedDelivery
	status int   // of the answer; 0 for none
	err    error // nil if that is all there is to be done about it
}

// deliver sends one message and notes whether it was taken, also when ctx ends
// meanwhile: a message whose fate is not noted goes out again.
func (w *Worker) deliver(ctx context.Context, batch directory.WebhookBatch, one directory.QueuedDelivery) (attempt, error) {
	callCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	defer stop()
	status, err := w.caller.call(callCtx, batch, one, w.queue.Now())
	a := attempt{one, status, err}
	if status >= 200 && status < 300 { // whatever became of the rest of the answer
		a.err = nil
	} else if err == nil {
		a.err = fmt.Errorf("it answered %d", status)
	}
	if a.err != nil {
		return a, nil
	}
	noteCtx, end := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer end()
	w.about(a).DebugContext(noteCtx, "event delivered")
	if err := w.queue.Delivered(noteCtx, batch, one.Delivery, status); err != nil {
		return a, fmt.Errorf("note that delivery %d was taken: %w", one.ID, err)
	}
	return a, nil
}

func (w *Worker) about(a attempt) *slog.Logger {
	return w.log.With("webhook", a.Webhook, "delivery", a.ID, "event", a.Delivery.Event, "attempt", a.Attempts+1, "status", a.status)
}

// noteFailures pauses a webhook that took nothing of a batch. One whose receiver is
// gone it disables.
func (w *Worker) noteFailures(ctx context.Context, batch directory.WebhookBatch, failed []attempt) error {
	ctx, end := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer end()
	now := w.queue.Now()
	var probeAt time.Time
	if len(failed) == len(batch.Due) {
		probeAt = now.Add(min(backoff(batch.Failures), longestPause))
		w.log.WarnContext(ctx, "webhook fails and is left alone for a while", "webhook", batch.Webhook, "failures", batch.Failures+1, "until", probeAt)
	}
	notes := make([]directory.FailedAttempt, len(failed))
	for i, f := range failed {
		notes[i] = directory.FailedAttempt{
			Delivery: f.Delivery, Again: w.again(ctx, f, now, probeAt), Status: f.status, Reason: f.err.Error(),
		}
	}
	err := w.queue.Failed(ctx, batch, notes, probeAt)
	if slices.ContainsFunc(failed, attempt.gone) {
		w.log.WarnContext(ctx, "webhook disabled: its receiver is gone", "webhook", batch.Webhook)
		err = errors.Join(err, w.queue.Disable(ctx, batch.Webhook, "its receiver answered 410 Gone"))
	}
	if err != nil {
		return fmt.Errorf("note what failed: %w", err)
	}
	return nil
}

func (a attempt) gone() bool { return a.status == http.StatusGone }

// again is when a delivery is to be tried once more; zero for never.
func (w *Worker) again(ctx context.Context, a attempt, now, probeAt time.Time) time.Time {
	if a.gone() || a.Attempts+1 >= maxAttempts {
		w.about(a).ErrorContext(ctx, "event given up", "reason", a.err)
		return time.Time{}
	}
	at := now.Add(backoff(a.Attempts))
	if at.Before(probeAt) {
		at = probeAt
	}
	w.about(a).WarnContext(ctx, "event will be delivered again", "at", at, "reason", a.err)
	return at
}

// backoff grows with the attempts. A tenth more or less, by chance, keeps messages
// that failed together from knocking together again.
func backoff(attempts int) time.Duration {
	delay := float64(firstDelay) * math.Pow(growth, float64(min(attempts, maxAttempts)))
	return time.Duration(delay * (0.9 + 0.2*rand.Float64()))
}
