package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Job is a letter that waits in the store.
type Job struct {
	// ID is the store's number for it, never used twice.
	ID int64
	// Attempts counts the earlier attempts that ended in Retry.
	Attempts int
	Message  Message
}

// Store keeps the letters that wait. A letter enters it in the transaction of
// the deed that asks for it, which is none of the worker's business.
type Store interface {
	// Claim takes up to n letters that are due at now, oldest first, and hides
	// them from every other Claim until lease has passed. A worker that dies
	// thereby gives its letters back.
	Claim(ctx context.Context, now time.Time, n int, lease time.Duration) ([]Job, error)
	// Done removes a letter that was sent.
	Done(ctx context.Context, id int64) error
	// Retry ends the lease, counts the attempt and makes the letter due at at.
	Retry(ctx context.Context, id int64, at time.Time, reason string) error
	// GiveUp ends all attempts; reason is fit to be shown to an administrator.
	GiveUp(ctx context.Context, id int64, reason string) error
}

// Options tune a Worker; their zero values are good.
type Options struct {
	// Interval is the time between two looks at the store when nobody calls
	// Wake; 30 s if zero.
	Interval time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const (
	firstDelay = time.Minute
	longDelay  = time.Hour
	// maxAttempts is about two days of attempts: an hour for the first six,
	// then one an hour. RFC 5321 section 4.5.4.1 asks for four to five days
	// between servers, but our links have expired before that.
	maxAttempts = 53
	// parallel letters are claimed and sent together. Each claim is sent at
	// once, so a worker that stops leaves none behind waiting for its lease.
	parallel = 4
	// sendLimit ends an attempt that hangs; lease outlasts it.
	sendLimit = time.Minute
	lease     = 3 * time.Minute
	// grace is what a stopping worker grants the letters on their way, and
	// then the store to note what became of them.
	grace = 5 * time.Second
)

// Worker sends the letters that wait in a store: each at least once, with the
// same Message-ID at each attempt.
type Worker struct {
	store    Store
	sender   Sender
	log      *slog.Logger
	interval time.Duration
	now      func() time.Time
	wake     chan struct{}
}

// NewWorker gives a worker that does nothing until Run or Drain is called.
func NewWorker(store Store, sender Sender, log *slog.Logger, o Options) *Worker {
	if o.Interval <= 0 {
		o.Interval = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Worker{store: store, sender: sender, log: log,
		interval: o.Interval, now: o.Now, wake: make(chan struct{}, 1)}
}

// Wake makes a running worker look at the store now. Call it after the commit
// that added a letter; it never blocks.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

// Run sends letters until ctx ends. It then waits up to five seconds for those
// on their way, so close the store only after Run has returned.
func (w *Worker) Run(ctx context.Context) {
	tick := time.NewTicker(w.interval)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := w.Drain(ctx); err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "mail queue is not readable or writable", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-tick.C:
		}
	}
}

// Drain sends everything that is due and returns when nothing is left but what
// has to wait for a later attempt. Its error is the store's, not the sender's.
func (w *Worker) Drain(ctx context.Context) error {
	for {
		jobs, err := w.store.Claim(ctx, w.now(), parallel, lease)
		if err != nil {
			return fmt.Errorf("claim mail: %w", err)
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

// sendJob sends one letter and notes what became of it, also when ctx ends
// meanwhile: a letter whose fate is not noted goes out again.
func (w *Worker) sendJob(ctx context.Context, job Job) error {
	job.Message.ID = stableID(job)
	err := w.send(ctx, job.Message)
	noteCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := w.recordResult(noteCtx, job, err); err != nil {
		return fmt.Errorf("note the outcome of mail job %d: %w", job.ID, err)
	}
	return nil
}

func (w *Worker) send(ctx context.Context, m Message) error {
	sendCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendLimit)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	defer stop()
	return w.sender.Send(sendCtx, m)
}

func (w *Worker) recordResult(ctx context.Context, job Job, err error) error {
	log := w.log.With("job", job.ID, "attempt", job.Attempts+1)
	if err == nil {
		log.InfoContext(ctx, "mail sent")
		return w.store.Done(ctx, job.ID)
	}
	why := reason(err, job.Message)
	if _, ok := errors.AsType[*PermanentError](err); ok || job.Attempts+1 >= maxAttempts {
		log.ErrorContext(ctx, "mail given up", "reason", why)
		return w.store.GiveUp(ctx, job.ID, why)
	}
	at := w.now().Add(backoff(job.Attempts))
	log.WarnContext(ctx, "mail will be tried again", "at", at, "reason", why)
	return w.store.Retry(ctx, job.ID, at, why)
}

// backoff doubles from a minute to an hour. A fifth more or less, by chance,
// keeps letters that failed together from knocking together again.
func backoff(attempts int) time.Duration {
	delay := min(firstDelay<<min(attempts, 10), longDelay)
	delay = time.Duration(float64(delay) * (0.8 + 0.4*rand.Float64()))
	return min(max(delay, firstDelay), longDelay)
}

// anyLink matches what a spam filter may quote from a letter when it refuses it.
var anyLink = regexp.MustCompile(`(?i)\bhttps?\S*`)

// reason shortens a failure to one line without links: those may carry tokens.
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
