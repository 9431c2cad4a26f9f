package web

import "net/http"

// Blame keeps what went wrong with r for the log line, for endpoints that answer
// their errors themselves. The log tells of it when the answer is our fault. It is
// lost outside of Outermost.
func Blame(r *http.Request, err error) { factsOf(r).fault = err }
