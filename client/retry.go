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
	// maxPause limits the pauses between attempts.
	maxPause = 10 * time.Second
	// maxRetryAfter is the longest Retry-After that the client waits for. With a longer one the error is returned at once.
	maxRetryAfter = time.Minute
)

// newCreation returns a POST request with an idempotency key.
func (c *Client) newCreation(endpoint string, body any) request {
	return request{method: http.MethodPost, path: endpoint, body: body, idempotencyKey: cmp.Or(c.idempotencyKey, rand.Text())}
}

// retryable reports whether the request can be repeated safely (RFC 9110, section 9.2.2), by its method or with an
// idempotency key.
func (req request) retryable() bool {
	if req.noRetry {
		return false
	}
	switch req.method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
		return true
	}
	return req.idempotencyKey != ""
}

// retry repeats attempt until it succeeds or another attempt cannot help.
func (c *Client) retry(ctx context.Context, req request, attempt func(context.Context) error) error {
	unsure := false // an earlier attempt may have been executed
	for n := 1; ; n++ {
		err := attempt(ctx)
		if unsure && req.isAlreadyDeleted(err) {
			return nil
		}
		wait, retryable := c.nextAttempt(req, err, n, unsure)
		if !retryable || n >= c.maxAttempts || ctx.Err() != nil {
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

// isAlreadyDeleted reports whether an earlier attempt with a lost response has deleted the object.
func (req request) isAlreadyDeleted(err error) bool {
	return req.method == http.MethodDelete && errors.Is(err, ErrNotFound)
}

// nextAttempt reports whether another attempt may help, and the pause before it.
func (c *Client) nextAttempt(req request, err error, n int, unsure bool) (time.Duration, bool) {
	if err == nil || !req.retryable() {
		return 0, false
	}
	if _, isLost := errors.AsType[*connectionError](err); isLost {
		return c.backoff(n), true
	}
	apiErr, ok := errors.AsType[*Error](err)
	if !ok {
		return 0, false
	}
	switch {
	case errors.Is(apiErr, ErrLimited), errors.Is(apiErr, ErrUnavailable):
		return max(apiErr.RetryAfter, c.backoff(n)), apiErr.RetryAfter <= maxRetryAfter
	case unsure && apiErr.isInProgress():
		return c.backoff(n), true
	}
	return 0, false
}

// isInProgress reports whether the server still executes an earlier attempt.
func (e *Error) isInProgress() bool {
	fault, ok := e.Field("idempotency_key")
	return ok && e.Status == http.StatusConflict && fault.Code == "taken"
}

// backoff returns the pause after the nth attempt. It doubles each time, and half of it is random, so that many clients do
// not retry at the same time.
func (c *Client) backoff(n int) time.Duration {
	wait := min(c.retryPause<<min(n-1, 16), maxPause)
	if wait <= 0 {
		return 0
	}
	return wait/2 + randv2.N(wait/2+1)
}

// sleep waits for d or until ctx ends.
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
