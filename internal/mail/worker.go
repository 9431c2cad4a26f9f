package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"roster.example/roster/internal/worker"
)

// Job is a queued email.
type Job struct {
	// ID is the id in the store, never reused.
	ID int64
	// Attempts counts the previous attempts.
	Attempts int
	Message  Message
}

// Store is a queue of emails.
type Store interface {
	// Claim returns up to n emails that are due at now, oldest first, and leases them: other
	// calls do not return them until the lease has expired.
	Claim(ctx context.Context, now time.Time, n int, lease time.Duration) ([]Job, error)
	// Done removes an email that was sent.
	Done(ctx context.Context, id int64) error
	// Retry ends the lease, counts the attempt, and makes the email due at at.
	Retry(ctx context.Context, id int64, at time.Time, reason string) error
	// GiveUp ends the attempts. Administrators see reason.
	GiveUp(ctx context.Context, id int64, reason string) error
}

// Options are the options of a Worker.
type Options struct {
	// Interval is the time between two polls of the store without Wake; 30 s if zero.
	Interval time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const (
	// maxAttempts takes about two days: an hour for the first six attempts, then one per hour.
	// RFC 5321 section 4.5.4.1 recommends four to five days between servers, but most links
	// expire earlier.
	maxAttempts = 53
	// parallel is how many emails are claimed and sent at a time. All of them are sent at
	// once, so a worker that stops leaves none with a lease.
	parallel = 4
	// sendLimit is the timeout of an attempt, shorter than lease.
	sendLimit = time.Minute
	lease     = 3 * time.Minute
	// grace is how long a stopping worker waits for the emails that are being sent, and then
	// for the store.
	grace = 5 * time.Second
)

// Worker sends the emails of a store: each at least once, with the same Message-ID at each
// attempt.
type Worker struct {
	store  Store
	sender Sender
	log    *slog.Logger
	now    func() time.Time
	loop   worker.Loop
}

// NewWorker returns a worker that does nothing until Run or Drain is called.
func NewWorker(store Store, sender Sender, log *slog.Logger, o Options) *Worker {
	if o.Interval <= 0 {
		o.Interval = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Worker{store: store, sender: sender, log: log, now: o.Now, loop: worker.NewLoop(o.Interval)}
}

// Wake makes a running worker poll the store now. Call it after a commit that added an email.
// It never blocks.
func (w *Worker) Wake() { w.loop.Wake() }

// Run sends emails until ctx ends. It then waits up to five seconds for emails that are being
// sent. Close the store only after Run has returned.
func (w *Worker) Run(ctx context.Context) {
	w.loop.Run(ctx, func() {
		if err := w.Drain(ctx); err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "the email queue cannot be read or written", "error", err)
		}
	})
}

// Drain sends all emails that are due. It returns errors of the store, not of the sender.
func (w *Worker) Drain(ctx context.Context) error {
	for {
		jobs, err := w.store.Claim(ctx, w.now(), parallel, lease)
		if err != nil {
			return fmt.Errorf("claim emails: %w", err)
		}
		if len(jobs) == 0 {
			return nil
		}
		if err := w.sendAll(ctx, jobs); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

func (w *Worker) sendAll(ctx context.Context, jobs []Job) error {
	errs := make([]error, len(jobs))
	var wg sync.WaitGroup
	for i, job := range jobs {
		wg.Go(func() { errs[i] = w.sendJob(ctx, job) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// sendJob sends an email and records the result, also if ctx ends meanwhile: an email without a
// result would be sent again.
func (w *Worker) sendJob(ctx context.Context, job Job) error {
	job.Message.ID = stableID(job)
	err := w.send(ctx, job.Message)
	noteCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := w.recordResult(noteCtx, job, err); err != nil {
		return fmt.Errorf("record the result of email %d: %w", job.ID, err)
	}
	return nil
}

func (w *Worker) send(ctx context.Context, m Message) error {
	completing, stop := worker.Completing(ctx, grace)
	defer stop()
	sendCtx, cancel := context.WithTimeout(completing, sendLimit)
	defer cancel()
	return w.sender.Send(sendCtx, m)
}

func (w *Worker) recordResult(ctx context.Context, job Job, err error) error {
	log := w.log.With("job", job.ID, "attempt", job.Attempts+1)
	if err == nil {
		log.InfoContext(ctx, "email sent")
		return w.store.Done(ctx, job.ID)
	}
	why := reason(err, job.Message)
	if _, ok := errors.AsType[*PermanentError](err); ok || job.Attempts+1 >= maxAttempts {
		log.ErrorContext(ctx, "email undelivered", "reason", why)
		return w.store.GiveUp(ctx, job.ID, why)
	}
	at := w.now().Add(retries().Delay(job.Attempts))
	log.WarnContext(ctx, "email will be retried", "at", at, "reason", why)
	return w.store.Retry(ctx, job.ID, at, why)
}

// retries returns the delays between attempts.
func retries() worker.Backoff {
	return worker.Backoff{First: time.Minute, Growth: 2, Max: time.Hour, Jitter: 0.2}
}

// anyLink matches links that a spam filter may quote when it rejects an email.
var anyLink = regexp.MustCompile(`(?i)\bhttps?\S*`)

// reason returns an error as one line without links, which may contain tokens.
func reason(err error, m Message) string {
	text := err.Error()
	if m.Link != "" {
		text = strings.ReplaceAll(text, m.Link, "[link]")
	}
	text = anyLink.ReplaceAllString(text, "[link]")
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:300]) + "…"
	}
	return text
}
