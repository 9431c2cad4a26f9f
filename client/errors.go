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
	ErrInvalid         = errors.New("invalid")            // 400: can never work as written; see Fields
	ErrUnauthenticated = errors.New("unauthenticated")    // 401: the credential is missing or good no more
	ErrForbidden       = errors.New("forbidden")          // 403: the permission or the scope is missing
	ErrNotFound        = errors.New("not found")          // 404: absent, or hidden from the caller
	ErrConflict        = errors.New("conflict")           // 409: a name or state is taken
	ErrExpired         = errors.New("expired")            // 410: was good; its time or use has run out
	ErrChanged         = errors.New("changed")            // 412: somebody changed it since it was read
	ErrTooLarge        = errors.New("too large")          // 413: the body is beyond the server's limit
	ErrLimited         = errors.New("limited")            // 429: too many requests; see RetryAfter
	ErrUnavailable     = errors.New("unavailable")        // 503: try again later
	ErrServer          = errors.New("fault of server")    // 500 and what else begins with 5, 503 too
	ErrCutOff          = errors.New("answer was cut off") // a stream without its end
)

// kindOf finds the kind of a status.
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

// Error is an answer that refuses: problem details (RFC 9457). Of an answer that is
// none, as proxies give, Code is empty.
type Error struct {
	Method     string        // of the request; empty inside of a bulk or a stream
	Path       string        // of the request, without its query
	Status     int           // of HTTP
	Code       string        // what went wrong, in a word that stays: "not_found"
	Detail     string        // what went wrong and what to do next, for people
	Fields     []FieldError  // every fault that was found in the input
	RequestID  string        // under which the server's log has it
	RetryAfter time.Duration // how long the server asks to wait; 0 if it does not
}

// Fault is one thing wrong with one field.
type FieldError struct {
	Field  string `json:"field"`           // its name, or that of the parameter
	Code   string `json:"code"`            // in a word that stays: "taken", "too_long"
	Limit  int    `json:"limit,omitempty"` // the number that the code speaks of
	Detail string `json:"detail"`          // the same in words
}

// Error says it in one line.
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

// Is reports whether kind is what the status means.
func (e *Error) Is(kind error) bool {
	return kind == kindOf(e.Status) || kind == ErrServer && e.Status >= 500
}

// Field finds what is wrong with a field of the input.
func (e *Error) Field(name string) (FieldError, bool) {
	for _, f := range e.Fields {
		if f.Field == name {
			return f, true
		}
	}
	return FieldError{}, false
}

// problem is problem details as they stand in answers.
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

// longestProblem is how much of an error is read.
const maxProblem = 1 << 20

// refused reads an answer that is no success. It closes the body.
func errorOf(answer *http.Response) *Error {
	e := &Error{}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxProblem))
	_ = answer.Body.Close() // what was read is all there is to tell
	var p problem
	if err == nil && json.Unmarshal(text, &p) == nil {
		e = p.err()
	}
	if e.Detail == "" && answer.StatusCode/100 == 3 {
		e.Detail = "the server redirects to " + answer.Header.Get("Location") + "; give that address to the client"
	}
	e.Method, e.Path = answer.Request.Method, answer.Request.URL.Path
	e.Status = answer.StatusCode
	e.RequestID = answer.Header.Get("X-Request-Id")
	e.RetryAfter = retryAfter(answer.Header, time.Now())
	return e
}

// retryAfter reads Retry-After in both of its forms (RFC 9110, section 10.2.3).
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
