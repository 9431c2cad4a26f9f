package web

import "net/http"

// Blame keeps what went wrong with r for the log line, for endpoints that answer
// their errors themselves. The log tells of it when the answer is our fault. It is
// lost outside of Outermost.
func Blame(r *http.Request, err error) { factsOf(r).fault = err }

// SetReason keeps why r was refused, for the log line of an answer below 500 whose
// body does not say it. reason must hold nothing of the input. It is lost outside of
// Outermost.
func SetReason(r *http.Request, reason string) { factsOf(r).reason = reason }
