package client

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	randv2 "math/rand/v2"
	"net/http"
	"time"
)

const (
	// longestPause bounds the waits between attempts that the client chooses.
	maxPause = 10 * time.Second
	// longestRetryAfter is the longest wait that a server may ask for; beyond, the
	// error is returned, and the caller knows best.
	maxRetryAfter = time.Minute
)

// creation is a POST that is done once, however often it is sent.
func (c *Client) newCreation(where string, body any) request {
	return request{method: http.MethodPost, path: where, body: body, idempotencyKey: cmp.Or(c.idempotencyKey, rand.Text())}
}

// repeatable reports whether the request can be sent twice without harm (RFC 9110,
// section 9.2.2): it says the same again, or carries a key.
func (k request) retryable() bool {
	if k.noRetry {
		return false
	}
	switch k.method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
		return true
	}
	return k.idempotencyKey != ""
}

// tried makes attempts until one is good, or will not get better.
func (c *Client) retry(ctx context.Context, k request, attempt func(context.Context) error) error {
	unsure := false // an earlier attempt may have been done
	for n := 1; ; n++ {
		err := attempt(ctx)
		if unsure && k.isAlreadyDeleted(err) {
			return nil
		}
		wait, again := c.nextAttempt(k, err, n, unsure)
		if !again || n >= c.maxAttempts || ctx.Err() != nil {
			return err
		}
		if _, isLost := errors.AsType[*connectionError](err); isLost {
			unsure = true
		}
		if sleep(ctx, wait) != nil {
			return err
		}
	}
}

// doneBefore reports that the answer means that an attempt before, whose answer was
// lost, has done it: what was deleted is gone.
func (k request) isAlreadyDeleted(err error) bool {
	return k.method == http.MethodDelete && errors.Is(err, ErrNotFound)
}

// again says whether another attempt may help, and how long to wait for it.
func (c *Client) nextAttempt(k request, err error, n int, unsure bool) (time.Duration, bool) {
	if err == nil || !k.retryable() {
		return 0, false
	}
	if _, isLost := errors.AsType[*connectionError](err); isLost {
		return c.backoff(n), true
	}
	said, ok := errors.AsType[*Error](err)
	if !ok {
		return 0, false
	}
	switch {
	case errors.Is(said, ErrLimited), errors.Is(said, ErrUnavailable):
		return max(said.RetryAfter, c.backoff(n)), said.RetryAfter <= maxRetryAfter
	case unsure && said.isInProgress():
		return c.backoff(n), true
	}
	return 0, false
}

// underWay reports that the server is still busy with an attempt of before.
func (e *Error) isInProgress() bool {
	fault, ok := e.Field("idempotency_key")
	return ok && e.Status == http.StatusConflict && fault.Code == "taken"
}

// backoff is the wait after the nth attempt: twice as long each time, of which half
// is chance, so that many clients do not come back together.
func (c *Client) backoff(n int) time.Duration {
	wait := min(c.retryPause<<min(n-1, 16), maxPause)
	if wait <= 0 {
		return 0
	}
	return wait/2 + randv2.N(wait/2+1)
}

// sleep waits, or fails when ctx is over.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
