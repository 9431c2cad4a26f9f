// Package web is the HTTP plumbing that the APIs and the console share:
// routing that cannot forget a permission, reading of parameters and bodies,
// request facts such as the client's address, answers, paging and the headers
// that protect pages in a browser.
//
// It knows nothing of people, keys or organizations, and imports no other
// package of this module but internal/admission, which bounds requests by class. What an answer looks like is decided by the API that
// uses it; here are only the parts that every one of them needs.
package web

import (
	"net/http"
	"time"
)

// The codes an Error of this package carries.
const (
	// Malformed says that the request cannot be read at all.
	Malformed = "malformed"
	// Invalid says that one parameter has a form that it may not have.
	Invalid = "invalid"
	// TooLarge says that the body exceeds what the route accepts.
	TooLarge = "too_large"
	// UnsupportedMediaType says that the body is of a kind nobody reads here.
	UnsupportedMediaType = "unsupported_media_type"
	// Limited says that the caller has too many requests of one class under way.
	Limited = "limited"
	// Unavailable says that the server has no capacity left at the moment.
	Unavailable = "unavailable"
	// TimedOut says that the body did not arrive in time.
	TimedOut = "request_timeout"
)

// An Error is what this package found wrong with a request. A dialect's Fail
// turns it into the words of its own API.
type Error struct {
	Status int    // the HTTP status that fits: 400 to 499, or 503
	Code   string // one of the codes above, for programs
	Field  string // the parameter that is at fault, if it is just one
	Msg    string // safe to show to the client
	Err    error  // for the log only; may be nil
	// RetryAfter is when to try again; the router writes it as a header.
	RetryAfter time.Duration
}

// Error returns the message for the client, followed by the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Msg
	}
	return e.Msg + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func malformed(msg string, err error) *Error {
	return &Error{Status: http.StatusBadRequest, Code: Malformed, Msg: msg, Err: err}
}

func invalid(field, msg string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: Invalid, Field: field, Msg: field + " " + msg}
}
