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

// request is one request, which may take several attempts.
type request struct {
	method         string
	path           string // below /api/v1, escaped
	query          url.Values
	body           any    // sent as JSON; nil for none
	ifMatch        string // If-Match; empty for any version
	idempotencyKey string // Idempotency-Key; empty for none
	lastEventID    string // Last-Event-ID; empty for none
	noRetry        bool   // never retried
}

// path formats a path and escapes texts.
func path(format string, parts ...any) string {
	for i, part := range parts {
		if text, ok := part.(string); ok {
			parts[i] = url.PathEscape(text)
		}
	}
	return fmt.Sprintf(format, parts...)
}

// response holds the ETag of a response.
type response struct{ etag string }

// do sends the request and decodes the response into out, which may be nil.
func (c *Client) do(ctx context.Context, req request, out any) (response, error) {
	body, err := req.encodeBody()
	if err != nil {
		return response{}, err
	}
	var got response
	err = c.retry(ctx, req, func(ctx context.Context) error {
		ctx, cancel := c.withTimeout(ctx)
		defer cancel()
		got, err = c.attempt(ctx, req, body, out)
		return err
	})
	return got, err
}

func (req request) encodeBody() ([]byte, error) {
	if req.body == nil {
		return nil, nil
	}
	text, err := json.Marshal(req.body)
	if err != nil {
		return nil, fmt.Errorf("encode the body of %s %s: %w", req.method, req.path, err)
	}
	return text, nil
}

// withTimeout limits one attempt.
func (c *Client) withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, c.timeout, errTimeout)
}

// errTimeout distinguishes the timeout of an attempt from the end of the context of the caller.
var errTimeout = fmt.Errorf("the server took too long to answer: %w", context.DeadlineExceeded)

func (c *Client) attempt(ctx context.Context, req request, body []byte, out any) (response, error) {
	var content io.Reader
	if req.body != nil {
		content = bytes.NewReader(body)
	}
	resp, err := c.send(ctx, req, content, "application/json")
	if err != nil {
		return response{}, err
	}
	defer func() { _ = resp.Body.Close() }() // read completely, or failed
	got := response{etag: resp.Header.Get("ETag")}
	if out == nil || resp.StatusCode == http.StatusNoContent {
		_, err = io.Copy(io.Discard, resp.Body)
		return got, asConnectionError(req, err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return response{}, asConnectionError(req, err)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return response{}, fmt.Errorf("%s %s: the response is invalid; is this the address of a Roster server? %w", req.method, req.path, err)
	}
	return got, nil
}

// send makes one attempt and returns a successful response with an open body.
func (c *Client) send(ctx context.Context, req request, body io.Reader, kind string) (*http.Response, error) {
	address := c.base.String() + "/api/v1" + req.path
	if len(req.query) > 0 {
		address += "?" + req.query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, req.method, address, body)
	if err != nil {
		return nil, err
	}
	c.setHeaders(r, req)
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, asConnectionError(req, withCause(ctx, err))
	}
	if resp.StatusCode/100 != 2 {
		return nil, errorOf(resp)
	}
	return resp, nil
}

// setHeaders sets the headers of a request.
func (c *Client) setHeaders(r *http.Request, req request) {
	for name, value := range map[string]string{
		"If-Match": req.ifMatch, "Idempotency-Key": req.idempotencyKey, "Last-Event-ID": req.lastEventID, "User-Agent": c.userAgent,
	} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if c.sudo != nil {
		r.Header.Set("Sudo", *c.sudo)
	}
	r.Header.Set("Accept", "application/json, application/problem+json, */*;q=0.1")
	if token := c.bearer(); token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
}

// withCause adds the cause for which ctx ended. It omits the URL from errors of net/http, because method and path are added
// elsewhere.
func withCause(ctx context.Context, err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

// connectionError means that the response did not arrive completely. The request may or may not have been executed.
type connectionError struct {
	method, path string
	err          error
}

func (e *connectionError) Error() string {
	return fmt.Sprintf("%s /api/v1%s: %v", e.method, e.path, e.err)
}

func (e *connectionError) Unwrap() error { return e.err }

func asConnectionError(req request, err error) error {
	if err == nil {
		return nil
	}
	return &connectionError{req.method, req.path, err}
}

// get returns an object.
func get[T any](ctx context.Context, c *Client, endpoint string, query url.Values) (T, error) {
	return doAs[T](ctx, c, request{method: http.MethodGet, path: endpoint, query: query})
}

// etagSetter is implemented by types that store the ETag of the response.
type etagSetter interface{ setETag(etag string) }

// doAs sends a request and returns the object of the response.
func doAs[T any](ctx context.Context, c *Client, req request) (T, error) {
	var out T
	got, err := c.do(ctx, req, &out)
	if v, ok := any(&out).(etagSetter); ok {
		v.setETag(got.etag)
	}
	return out, err
}

// create creates an object, once however often the request is retried.
func create[T any](ctx context.Context, c *Client, endpoint string, body any) (T, error) {
	return doAs[T](ctx, c, c.newCreation(endpoint, body))
}

// post sends a request without an idempotency key, which is therefore not retried.
func post[T any](ctx context.Context, c *Client, endpoint string, body any) (T, error) {
	var out T
	_, err := c.do(ctx, request{method: http.MethodPost, path: endpoint, body: body}, &out)
	return out, err
}

// patch updates an object.
func patch[T any](ctx context.Context, c *Client, endpoint string, body any, match string) (T, error) {
	return doAs[T](ctx, c, request{method: http.MethodPatch, path: endpoint, body: body, ifMatch: match})
}

// delete deletes an object.
func (c *Client) delete(ctx context.Context, endpoint string) error {
	return c.deleteVersion(ctx, endpoint, "")
}

// deleteVersion deletes an object if its version matches; "" matches any version.
func (c *Client) deleteVersion(ctx context.Context, endpoint, match string) error {
	_, err := c.do(ctx, request{method: http.MethodDelete, path: endpoint, ifMatch: match}, nil)
	return err
}

// doOnce sends a request without retries that has no response body.
func (c *Client) doOnce(ctx context.Context, method, endpoint string, body any) error {
	_, err := c.do(ctx, request{method: method, path: endpoint, body: body, noRetry: true}, nil)
	return err
}
