package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The kinds of errors, for [errors.Is].
var (
	ErrInvalid         = errors.New("invalid")                // 400: the request is invalid; see Fields
	ErrUnauthenticated = errors.New("unauthenticated")        // 401: the credential is missing or invalid
	ErrForbidden       = errors.New("forbidden")              // 403: the permission or the scope is missing
	ErrNotFound        = errors.New("not found")              // 404: does not exist or is not visible to the caller
	ErrConflict        = errors.New("conflict")               // 409: a name is taken, or the state does not allow the operation
	ErrExpired         = errors.New("expired")                // 410: a link or invitation is no longer valid
	ErrChanged         = errors.New("changed")                // 412: the object has changed since it was read
	ErrTooLarge        = errors.New("too large")              // 413: the body is larger than the server allows
	ErrLimited         = errors.New("limited")                // 429: too many requests; see RetryAfter
	ErrUnavailable     = errors.New("unavailable")            // 503: try again later
	ErrServer          = errors.New("server error")           // every 5xx, including 503
	ErrCutOff          = errors.New("response is incomplete") // a stream ended early
)

// kindOf returns the kind for a status.
func kindOf(status int) error {
	switch status {
	case http.StatusBadRequest:
		return ErrInvalid
	case http.StatusUnauthorized:
		return ErrUnauthenticated
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusConflict:
		return ErrConflict
	case http.StatusGone:
		return ErrExpired
	case http.StatusPreconditionFailed:
		return ErrChanged
	case http.StatusRequestEntityTooLarge:
		return ErrTooLarge
	case http.StatusTooManyRequests:
		return ErrLimited
	case http.StatusServiceUnavailable:
		return ErrUnavailable
	}
	return nil
}

// Error is an error response with problem details (RFC 9457). Code is empty if the response has none, for example if it
// comes from a proxy.
type Error struct {
	Method     string        // of the request; empty in results of bulk requests and in streams
	Path       string        // of the request, without its query
	Status     int           // the HTTP status
	Code       string        // stable code: "not_found"
	Detail     string        // what went wrong and what to do next
	Fields     []FieldError  // all invalid members of the input
	RequestID  string        // the id in the log of the server
	RetryAfter time.Duration // the delay that the server requires; 0 for none
}

// FieldError is an error about one member of the input.
type FieldError struct {
	Field  string `json:"field"`           // the name of the member or parameter
	Code   string `json:"code"`            // stable code: "taken", "too_long"
	Limit  int    `json:"limit,omitempty"` // the limit, if the code is about a limit
	Detail string `json:"detail"`          // what is wrong, in words
}

// Error implements error, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Method != "" {
		fmt.Fprintf(&b, "%s %s: ", e.Method, e.Path)
	}
	b.WriteString(e.Detail)
	if e.Detail == "" {
		b.WriteString(strings.ToLower(http.StatusText(e.Status)))
	}
	fmt.Fprintf(&b, " (%d", e.Status)
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	if e.RequestID != "" {
		b.WriteString(", request " + e.RequestID)
	}
	return b.String() + ")"
}

// Is reports whether the status has this kind.
func (e *Error) Is(kind error) bool {
	return kind == kindOf(e.Status) || kind == ErrServer && e.Status >= 500
}

// Field returns the error about a member of the input.
func (e *Error) Field(name string) (FieldError, bool) {
	for _, f := range e.Fields {
		if f.Field == name {
			return f, true
		}
	}
	return FieldError{}, false
}

// problem is the JSON form of problem details.
type problem struct {
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Code   string       `json:"code"`
	Detail string       `json:"detail"`
	Errors []FieldError `json:"errors"`
}

func (p problem) err() *Error {
	return &Error{Status: p.Status, Code: p.Code, Detail: p.Detail, Fields: p.Errors}
}

// maxProblem limits how many bytes of an error response are read.
const maxProblem = 1 << 20

// errorOf reads an error response and closes its body.
func errorOf(resp *http.Response) *Error {
	e := &Error{}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
	_ = resp.Body.Close() // errors of closing do not matter here
	var p problem
	if err == nil && json.Unmarshal(text, &p) == nil {
		e = p.err()
	}
	if e.Detail == "" && resp.StatusCode/100 == 3 {
		e.Detail = "the server redirects to " + resp.Header.Get("Location") + "; give that address to the client"
	}
	e.Method, e.Path = resp.Request.Method, resp.Request.URL.Path
	e.Status = resp.StatusCode
	e.RequestID = resp.Header.Get("X-Request-Id")
	e.RetryAfter = retryAfter(resp.Header, time.Now())
	return e
}

// retryAfter parses both forms of Retry-After (RFC 9110, section 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
