package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// call is one request, which may take several attempts.
type request struct {
	method         string
	path           string // below /api/v1, escaped
	query          url.Values
	body           any    // sent as JSON; nil for none
	ifMatch        string // If-Match; empty for any version
	idempotencyKey string // Idempotency-Key; empty for none
	lastEventID    string // Last-Event-ID; empty for none
	noRetry        bool   // is tried once, whatever it is
}

// path fills in a path; texts are escaped.
func path(format string, parts ...any) string {
	for i, part := range parts {
		if text, ok := part.(string); ok {
			parts[i] = url.PathEscape(text)
		}
	}
	return fmt.Sprintf(format, parts...)
}

// answered is what came back: the ETag of the thing, where it has one.
type response struct{ etag string }

// do makes the request and reads the answer into out, which may be nil.
func (c *Client) do(ctx context.Context, k request, out any) (response, error) {
	body, err := k.encodeBody()
	if err != nil {
		return response{}, err
	}
	var got response
	err = c.retry(ctx, k, func(ctx context.Context) error {
		ctx, cancel := c.withTimeout(ctx)
		defer cancel()
		got, err = c.attempt(ctx, k, body, out)
		return err
	})
	return got, err
}

func (k request) encodeBody() ([]byte, error) {
	if k.body == nil {
		return nil, nil
	}
	text, err := json.Marshal(k.body)
	if err != nil {
		return nil, fmt.Errorf("write the body of %s %s: %w", k.method, k.path, err)
	}
	return text, nil
}

// within bounds one attempt.
func (c *Client) withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, c.timeout, errTimeout)
}

// errSlow tells an attempt that took too long from a context of the caller that is over.
var errTimeout = fmt.Errorf("the server took too long to answer: %w", context.DeadlineExceeded)

func (c *Client) attempt(ctx context.Context, k request, body []byte, out any) (response, error) {
	var content io.Reader
	if k.body != nil {
		content = bytes.NewReader(body)
	}
	answer, err := c.send(ctx, k, content, "application/json")
	if err != nil {
		return response{}, err
	}
	defer func() { _ = answer.Body.Close() }() // read to its end, or given up
	got := response{etag: answer.Header.Get("ETag")}
	if out == nil || answer.StatusCode == http.StatusNoContent {
		_, err = io.Copy(io.Discard, answer.Body)
		return got, asConnectionError(k, err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return response{}, asConnectionError(k, err)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return response{}, fmt.Errorf("%s %s: the answer cannot be read; is this the address of a Roster? %w", k.method, k.path, err)
	}
	return got, nil
}

// send makes one attempt, and returns an answer of success with its body open.
func (c *Client) send(ctx context.Context, k request, body io.Reader, kind string) (*http.Response, error) {
	address := c.base.String() + "/api/v1" + k.path
	if len(k.query) > 0 {
		address += "?" + k.query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, k.method, address, body)
	if err != nil {
		return nil, err
	}
	c.setHeaders(r, k)
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, asConnectionError(k, withCause(ctx, err))
	}
	if answer.StatusCode/100 != 2 {
		return nil, errorOf(answer)
	}
	return answer, nil
}

// dress puts on the headers.
func (c *Client) setHeaders(r *http.Request, k request) {
	for name, value := range map[string]string{
		"Sudo": c.sudo, "If-Match": k.ifMatch, "Idempotency-Key": k.idempotencyKey, "Last-Event-ID": k.lastEventID, "User-Agent": c.userAgent,
	} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	r.Header.Set("Accept", "application/json, application/problem+json, */*;q=0.1")
	if token := c.bearer(); token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
}

// because names the limit of ctx that ended a request. The address in errors of
// net/http is left out: the method and path stand before it already.
func withCause(ctx context.Context, err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

// lostError is a request whose answer did not arrive, or not to its end: nobody
// knows whether it was done.
type connectionError struct {
	method, path string
	err          error
}

func (e *connectionError) Error() string {
	return fmt.Sprintf("%s /api/v1%s: %v", e.method, e.path, e.err)
}
func (e *connectionError) Unwrap() error { return e.err }

func asConnectionError(k request, err error) error {
	if err == nil {
		return nil
	}
	return &connectionError{k.method, k.path, err}
}

// get reads a thing into a new T.
func get[T any](ctx context.Context, c *Client, where string, query url.Values) (T, error) {
	return doAs[T](ctx, c, request{method: http.MethodGet, path: where, query: query})
}

// A versioned thing keeps the ETag that it came with.
type etagSetter interface{ setETag(etag string) }

// one makes a request that is answered with one thing.
func doAs[T any](ctx context.Context, c *Client, k request) (T, error) {
	var out T
	got, err := c.do(ctx, k, &out)
	if v, ok := any(&out).(etagSetter); ok {
		v.setETag(got.etag)
	}
	return out, err
}

// create makes a thing, once however often it is tried.
func create[T any](ctx context.Context, c *Client, where string, body any) (T, error) {
	return doAs[T](ctx, c, c.newCreation(where, body))
}

// post does a thing that has no key, and so is tried once.
func post[T any](ctx context.Context, c *Client, where string, body any) (T, error) {
	var out T
	_, err := c.do(ctx, request{method: http.MethodPost, path: where, body: body}, &out)
	return out, err
}

// patch changes a thing.
func patch[T any](ctx context.Context, c *Client, where string, body any, match string) (T, error) {
	return doAs[T](ctx, c, request{method: http.MethodPatch, path: where, body: body, ifMatch: match})
}

// remove deletes a thing.
func (c *Client) delete(ctx context.Context, where string) error {
	return c.deleteVersion(ctx, where, "")
}

// removeVersion deletes a thing in the version alone that match names, "" for any.
func (c *Client) deleteVersion(ctx context.Context, where, match string) error {
	_, err := c.do(ctx, request{method: http.MethodDelete, path: where, ifMatch: match}, nil)
	return err
}
