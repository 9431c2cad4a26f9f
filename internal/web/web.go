// Package web is the HTTP layer that the APIs and the console share: middleware, a router whose
// routes cannot lack a permission, parsing of queries and bodies, responses, paging, and security
// headers of pages.
//
// It has no users or organizations, and imports no package of this module but internal/admission.
// The response format is decided by each API in its APIConfig.
package web

import (
	"net/http"
	"time"
)

// Codes of Error.
const (
	// Malformed: the request cannot be parsed.
	Malformed = "malformed"
	// Invalid: one parameter has an invalid value.
	Invalid = "invalid"
	// TooLarge: the body exceeds the limit of the route.
	TooLarge = "too_large"
	// UnsupportedMediaType: the body is neither JSON nor a form.
	UnsupportedMediaType = "unsupported_media_type"
	// Limited: the caller has too many concurrent requests of one admission class.
	Limited = "limited"
	// Unavailable: the server has no capacity left at the moment.
	Unavailable = "unavailable"
	// TimedOut: the body did not arrive in time.
	TimedOut = "request_timeout"
)

// Error describes a request that this package rejects. APIConfig.WriteError maps it to the error
// format of its API.
type Error struct {
	Status int    // 400 to 499, or 503
	Code   string // one of the codes above
	Field  string // the invalid parameter; "" if there is not exactly one
	Msg    string // safe to show to the client
	Err    error  // for the log only; may be nil
	// RetryAfter is the value of the header of that name; the router writes it.
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
