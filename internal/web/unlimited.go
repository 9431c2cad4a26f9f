package web

import (
	"context"
	"net/http"

	"roster.example/roster/internal/admission"
)

// Unlimited takes back what Middleware limits: the size of the body, and the time.
// It is for endpoints that stream, which set limits of their own: the deadlines of
// the connection still hold, until [http.ResponseController] moves them. Call it
// only once the caller is known and may do what they ask for.
func Unlimited(r *http.Request) *http.Request {
	x := infoOf(r)
	if x.original == nil {
		return r
	}
	free := r.WithContext(admission.In(r.Context()).With(context.WithValue(x.original.Context(), requestInfoKey{}, x)))
	free.Body = x.original.Body
	return free
}
