package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-smtp"
)

// memoryStore is a Store in memory.
type memoryStore struct {
	mu      sync.Mutex
	jobs    []Job
	due     map[int64]time.Time
	reasons map[int64]string
	done    []int64
	givenUp []int64
	broken  error
}

func newMemoryStore(jobs ...Job) *memoryStore {
	return &memoryStore{jobs: jobs, due: map[int64]time.Time{}, reasons: map[int64]string{}}
}

func (s *memoryStore) Claim(_ context.Context, now time.Time, n int, lease time.Duration) ([]Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var claimed []Job
	for _, job := range s.jobs {
		if len(claimed) < n && !s.due[job.ID].After(now) {
			s.due[job.ID] = now.Add(lease)
			claimed = append(claimed, job)
		}
	}
	return claimed, s.broken
}

func (s *memoryStore) drop(id int64) {
	for i, job := range s.jobs {
		if job.ID == id {
			s.jobs = append(s.jobs[:i:i], s.jobs[i+1:]...)
			return
		}
	}
}

func (s *memoryStore) Done(_ context.Context, id int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(id)
	s.done = append(s.done, id)
	return s.broken
}

func (s *memoryStore) Retry(_ context.Context, id int64, at time.Time, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.jobs {
		if s.jobs[i].ID == id {
			s.jobs[i].Attempts++
		}
	}
	s.due[id], s.reasons[id] = at, reason
	return s.broken
}

func (s *memoryStore) GiveUp(_ context.Context, id int64, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(id)
	s.givenUp, s.reasons[id] = append(s.givenUp, id), reason
	return s.broken
}

func (s *memoryStore) put(jobs ...Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs = append(s.jobs, jobs...)
}

func (s *memoryStore) counts() (waiting, done, givenUp int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.jobs), len(s.done), len(s.givenUp)
}

// senderFunc is a function that implements Sender.
type senderFunc func(context.Context, Message) error

func (p senderFunc) Send(ctx context.Context, m Message) error { return p(ctx, m) }

func logTo(b *bytes.Buffer) *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

func TestEmailsAreSentAndTheLogHasNoLink(t *testing.T) {
	t.Parallel()
	s := startServer(t, StartTLS)
	var jobs []Job
	for id := range int64(9) {
		jobs = append(jobs, Job{ID: id + 1, Message: testMessage()})
	}
	store, log := newMemoryStore(jobs...), new(bytes.Buffer)
	if err := NewWorker(store, sender(t, s, nil), logTo(log), Options{}).Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, m := range s.received(t) {
		ids[m.Header.Get("Message-Id")] = true
	}
	if waiting, done, _ := store.counts(); waiting != 0 || done != 9 || len(ids) != 9 {
		t.Errorf("%d wait, %d done, %d distinct emails; want 0, 9, 9", waiting, done, len(ids))
	}
	if !strings.Contains(log.String(), "email sent") || strings.Contains(log.String(), "token") {
		t.Errorf("log %s", log)
	}
}

func TestTemporaryErrorIsRetriedWithTheSameMessageID(t *testing.T) {
	t.Parallel()
	s := startServer(t, StartTLS)
	s.refuseAt("data", &smtp.SMTPError{Code: 451, Message: "spam? see " + testMessage().Link})
	store, log, now := newMemoryStore(Job{ID: 7, Message: testMessage()}), new(bytes.Buffer), testTime
	w := NewWorker(store, sender(t, s, nil), logTo(log), Options{Now: func() time.Time { return now }})
	if err := w.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if wait := store.due[7].Sub(now); wait < time.Minute || wait > 2*time.Minute {
		t.Errorf("the next attempt is in %v, want about a minute", wait)
	}
	for _, text := range []string{store.reasons[7], log.String()} {
		if !strings.Contains(text, "451") || strings.Contains(text, "s3cret") {
			t.Errorf("want the cause without the link: %s", text)
		}
	}
	s.refuseAt("data", nil)
	now = store.due[7]
	if err := w.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := s.received(t)
	if len(got) != 1 || got[0].Header.Get("Message-Id") != "<"+stableID(Job{ID: 7, Message: testMessage()})+"@example.org>" {
		t.Errorf("got %d emails: %v", len(got), got)
	}
}

func TestPermanentErrorEndsTheAttempts(t *testing.T) {
	t.Parallel()
	s := startServer(t, StartTLS)
	s.refuseAt("rcpt", &smtp.SMTPError{Code: 550, Message: "no such person"})
	store := newMemoryStore(Job{ID: 7, Message: testMessage()})
	if err := NewWorker(store, sender(t, s, nil), slog.New(slog.DiscardHandler), Options{}).Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if waiting, done, givenUp := store.counts(); waiting != 0 || done != 0 || givenUp != 1 {
		t.Errorf("%d wait, %d done, %d given up", waiting, done, givenUp)
	}
	if !strings.Contains(store.reasons[7], "550") {
		t.Errorf("reason %q", store.reasons[7])
	}
}

func TestAttemptsEndAfterAboutTwoDays(t *testing.T) {
	t.Parallel()
	now, attempts := testTime, 0
	store := newMemoryStore(Job{ID: 1, Message: testMessage()})
	down := senderFunc(func(context.Context, Message) error { attempts++; return errors.New("server is down") })
	w := NewWorker(store, down, slog.New(slog.DiscardHandler), Options{Now: func() time.Time { return now }})
	for range 100 {
		if err := w.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waiting, _, _ := store.counts(); waiting == 0 {
			break
		}
		if wait := store.due[1].Sub(now); wait < time.Minute || wait > time.Hour {
			t.Fatalf("attempt %d waits %v, want 1m … 1h", attempts, wait)
		}
		now = store.due[1]
	}
	if _, _, givenUp := store.counts(); givenUp != 1 {
		t.Fatalf("not given up after %d attempts", attempts)
	}
	if took := now.Sub(testTime); took < 40*time.Hour || took > 50*time.Hour {
		t.Errorf("given up after %v, want about two days", took)
	}
}

func TestWorkerContinuesAfterErrorsOfSenderAndStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, tries := newMemoryStore(Job{ID: 1, Message: testMessage()}), 0
		store.broken = errors.New("database is locked")
		flaky := senderFunc(func(context.Context, Message) error {
			if tries++; tries < 4 {
				return errors.New("connection refused")
			}
			return nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		stopped := run(ctx, NewWorker(store, flaky, slog.New(slog.DiscardHandler), Options{}))
		time.Sleep(time.Second)
		store.mu.Lock()
		store.broken = nil
		store.mu.Unlock()
		time.Sleep(time.Hour)
		if _, done, _ := store.counts(); done != 1 || tries != 4 {
			t.Errorf("%d done after %d tries, want 1 after 4", done, tries)
		}
		cancel()
		<-stopped
	})
}

func run(ctx context.Context, w *Worker) <-chan struct{} {
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		w.Run(ctx)
	}()
	return stopped
}

func TestWakeSendsAtOnceAndNeverBlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemoryStore()
		w := NewWorker(store, senderFunc(func(context.Context, Message) error { return nil }),
			slog.New(slog.DiscardHandler), Options{Interval: time.Hour})
		w.Wake() // the worker does not run yet
		w.Wake()
		ctx, cancel := context.WithCancel(t.Context())
		stopped := run(ctx, w)
		synctest.Wait()
		store.put(Job{ID: 1, Message: testMessage()})
		w.Wake()
		synctest.Wait()
		if _, done, _ := store.counts(); done != 1 {
			t.Error("the email is still queued")
		}
		cancel()
		<-stopped
	})
}

func TestStoppingWorkerFinishesEmailsThatAreBeingSent(t *testing.T) {
	t.Parallel()
	for took, want := range map[time.Duration]string{3 * time.Second: "done 1 waiting 0", time.Minute: "done 0 waiting 1"} {
		synctest.Test(t, func(t *testing.T) {
			store := newMemoryStore(Job{ID: 1, Message: testMessage()})
			slow := senderFunc(func(ctx context.Context, _ Message) error {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(took):
					return nil
				}
			})
			ctx, cancel := context.WithCancel(t.Context())
			stopped := run(ctx, NewWorker(store, slow, slog.New(slog.DiscardHandler), Options{}))
			synctest.Wait()
			start := time.Now()
			cancel()
			<-stopped
			waiting, done, _ := store.counts()
			if got := fmt.Sprintf("done %d waiting %d", done, waiting); got != want || time.Since(start) > grace {
				t.Errorf("an email that takes %v: %s after %v, want %s", took, got, time.Since(start), want)
			}
			if done == 0 && store.reasons[1] == "" {
				t.Error("the interrupted attempt was not noted")
			}
		})
	}
}

func TestMessageIDsDifferBetweenJobsAndDatabases(t *testing.T) {
	t.Parallel()
	one, other := Job{ID: 1, Message: testMessage()}, Job{ID: 1, Message: testMessage()}
	if stableID(one) != stableID(other) {
		t.Error("the same job got two names")
	}
	other.Message.Text += "x"
	if stableID(one) == stableID(other) || stableID(one) == stableID(Job{ID: 2, Message: testMessage()}) {
		t.Error("two emails have one file name")
	}
}

func TestReasonIsShortAndContainsNoLink(t *testing.T) {
	t.Parallel()
	err := errors.New("554 bad\r\nword HTTPS://x.example/t0ken in it " + strings.Repeat("é", 500))
	got := reason(err, testMessage())
	if !strings.HasPrefix(got, "554 bad word [link] in it é") || len([]rune(got)) > 301 {
		t.Errorf("got %q", got)
	}
}
