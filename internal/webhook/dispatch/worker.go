package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/webhook"
	"roster.example/roster/internal/worker"
)

const (
	// interval is the time between two checks for due deliveries, such as retries and
	// deliveries of other nodes.
	interval = 5 * time.Second
	// backlogEvery is the number of intervals between two checks of backlogs: a minute.
	backlogEvery = 12
	// parallel is the number of messages that are sent to one webhook at the same time.
	parallel = 16
	// lease is longer than an attempt and the write of its result.
	lease = time.Minute
	// grace is the time that a stopping worker waits for messages in flight, and again for
	// the write of their results.
	grace = 5 * time.Second

	// maxAttempts take at least a day: the delays grow from 5 seconds to 17 hours.
	maxAttempts = 12
	// maxPause is the maximum time between two probes of a failing webhook.
	maxPause = 15 * time.Minute
)

// Options configure a Worker. The zero value is usable.
type Options struct {
	// Interval is the time between two checks for due deliveries without a call of Wake;
	// 5 s if zero.
	Interval time.Duration
}

// Worker sends due deliveries. Each webhook has its own queue, so a slow webhook does not
// delay others.
type Worker struct {
	queue    webhook.Queue
	sender   sender
	log      *slog.Logger
	interval time.Duration
	loop     worker.Loop

	mu     sync.Mutex
	active map[model.WebhookID]bool // running queues; true if one must check for deliveries again
}

// NewWorker returns a worker. It is idle until Run or Drain is called.
func NewWorker(queue webhook.Queue, log *slog.Logger, o Options) *Worker {
	if o.Interval <= 0 {
		o.Interval = interval
	}
	return &Worker{
		queue: queue, sender: newSender(queue.MayCall), log: log, interval: o.Interval,
		loop: worker.NewLoop(o.Interval), active: map[model.WebhookID]bool{},
	}
}

// Wake makes a running worker check for due deliveries now. Call it after the commit that
// added a delivery. It never blocks.
func (w *Worker) Wake() { w.loop.Wake() }

// Run sends deliveries until ctx ends. Then it waits up to five seconds for messages in
// flight, so close the store only after Run has returned.
func (w *Worker) Run(ctx context.Context) {
	backlog := time.NewTicker(backlogEvery * w.interval)
	defer backlog.Stop()
	defer w.sender.close()
	var queues sync.WaitGroup
	defer queues.Wait()
	w.loop.Run(ctx, func() {
		w.startDue(ctx, &queues)
		select {
		case <-backlog.C:
			w.disableOverfull(ctx)
		default:
		}
	})
}

func (w *Worker) disableOverfull(ctx context.Context) {
	if err := w.queue.DisableOverfull(ctx); err != nil && ctx.Err() == nil {
		w.log.ErrorContext(ctx, "webhook backlogs cannot be read", "error", err)
	}
}

// Drain sends all due deliveries, and returns when only later retries are left.
func (w *Worker) Drain(ctx context.Context) error {
	due, err := w.queue.Due(ctx)
	for _, id := range due {
		err = errors.Join(err, w.drain(ctx, id))
	}
	return err
}

// startDue starts a queue for each webhook with due deliveries.
func (w *Worker) startDue(ctx context.Context, queues *sync.WaitGroup) {
	due, err := w.queue.Due(ctx)
	if err != nil && ctx.Err() == nil {
		w.log.ErrorContext(ctx, "webhook queue is not readable", "error", err)
	}
	for _, id := range due {
		if !w.startQueue(id) {
			continue
		}
		queues.Go(func() {
			for again := true; again; again = w.finishQueue(id) {
				if err := w.drain(ctx, id); err != nil && ctx.Err() == nil {
					w.log.ErrorContext(ctx, "webhook queue is not readable or writable", "webhook", id, "error", err)
				}
			}
		})
	}
}

// startQueue reports whether the webhook had no running queue. A running queue is marked to
// check for deliveries again, because its last check may be over.
func (w *Worker) startQueue(id model.WebhookID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, open := w.active[id]
	w.active[id] = open
	return !open
}

// finishQueue ends a queue, unless it must check for deliveries again.
func (w *Worker) finishQueue(id model.WebhookID) (again bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.active[id] {
		w.active[id] = false
		return true
	}
	delete(w.active, id)
	return false
}

// drain sends the due deliveries of one webhook, until none is left or the webhook fails.
func (w *Worker) drain(ctx context.Context, id model.WebhookID) error {
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

// send sends a batch and returns its failed attempts. A success is recorded at once, and all
// failures together, because a failing webhook usually fails for the whole batch.
func (w *Worker) send(ctx context.Context, batch webhook.Batch) ([]attempt, error) {
	all := make([]attempt, len(batch.Due))
	errs := make([]error, len(batch.Due))
	var sent sync.WaitGroup
	for i, one := range batch.Due {
		sent.Go(func() { all[i], errs[i] = w.deliver(ctx, batch, one) })
	}
	sent.Wait()
	failed := slices.DeleteFunc(all, func(a attempt) bool { return a.err == nil })
	if len(failed) > 0 {
		errs = append(errs, w.recordFailures(ctx, batch, failed))
	}
	return failed, errors.Join(errs...)
}

// attempt is the result of sending one delivery.
type attempt struct {
	webhook.QueuedDelivery
	status int   // of the response; 0 without one
	err    error // nil after a success
}

// deliver sends one message and records a success, even if ctx ends meanwhile: a message
// without a recorded result is sent again.
func (w *Worker) deliver(ctx context.Context, batch webhook.Batch, one webhook.QueuedDelivery) (attempt, error) {
	callCtx, stop := worker.Completing(ctx, grace)
	defer stop()
	status, err := w.sender.send(callCtx, batch, one, w.queue.Now())
	a := attempt{one, status, err}
	if status >= 200 && status < 300 { // the rest of the response does not matter
		a.err = nil
	} else if err == nil {
		a.err = fmt.Errorf("the response status is %d", status)
	}
	if a.err != nil {
		return a, nil
	}
	noteCtx, end := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer end()
	w.logger(a).DebugContext(noteCtx, "event delivered")
	if err := w.queue.Delivered(noteCtx, batch, one.Delivery, status); err != nil {
		return a, fmt.Errorf("record delivery %d: %w", one.ID, err)
	}
	return a, nil
}

func (w *Worker) logger(a attempt) *slog.Logger {
	return w.log.With("webhook", a.Webhook, "delivery", a.ID, "event", a.Delivery.Event, "attempt", a.Attempts+1, "status", a.status)
}

// recordFailures records failed attempts. It pauses a webhook that failed for the whole
// batch, and disables one that responds 410 Gone.
func (w *Worker) recordFailures(ctx context.Context, batch webhook.Batch, failed []attempt) error {
	ctx, end := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer end()
	now := w.queue.Now()
	var probeAt time.Time
	if len(failed) == len(batch.Due) {
		probeAt = now.Add(min(retries().Delay(batch.Failures), maxPause))
		w.log.WarnContext(ctx, "webhook fails; it is paused", "webhook", batch.Webhook, "failures", batch.Failures+1, "until", probeAt)
	}
	notes := make([]webhook.FailedAttempt, len(failed))
	for i, f := range failed {
		notes[i] = webhook.FailedAttempt{
			Delivery: f.Delivery, Again: w.retryAt(ctx, f, now, probeAt), Status: f.status, Reason: f.err.Error(),
		}
	}
	err := w.queue.Failed(ctx, batch, notes, probeAt)
	if slices.ContainsFunc(failed, attempt.gone) {
		w.log.WarnContext(ctx, "webhook disabled: it responds 410 Gone", "webhook", batch.Webhook)
		err = errors.Join(err, w.queue.Disable(ctx, batch.Webhook, "the response status is 410 Gone"))
	}
	if err != nil {
		return fmt.Errorf("record failures: %w", err)
	}
	return nil
}

func (a attempt) gone() bool { return a.status == http.StatusGone }

// retryAt returns the time of the next attempt, or zero if the delivery is given up.
func (w *Worker) retryAt(ctx context.Context, a attempt, now, probeAt time.Time) time.Time {
	if a.gone() || a.Attempts+1 >= maxAttempts {
		w.logger(a).ErrorContext(ctx, "delivery given up", "reason", a.err)
		return time.Time{}
	}
	at := now.Add(retries().Delay(a.Attempts))
	if at.Before(probeAt) {
		at = probeAt
	}
	w.logger(a).WarnContext(ctx, "delivery will be retried", "at", at, "reason", a.err)
	return at
}

// retries returns the delays between attempts.
func retries() worker.Backoff {
	return worker.Backoff{First: 5 * time.Second, Growth: 2.56, Max: 24 * time.Hour, Jitter: 0.1}
}
