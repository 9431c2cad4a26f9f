package web

import (
	"context"
	"net/http"

	"roster.example/roster/internal/admission"
)

// Unlimited removes the limits of Middleware on body size and time from r. It is for streaming
// endpoints, which set their own: the deadlines of the connection still apply, until
// [http.ResponseController] changes them. Call it only after the caller is authorized.
func Unlimited(r *http.Request) *http.Request {
	x := infoOf(r)
	if x.original == nil {
		return r
	}
	free := r.WithContext(admission.In(r.Context()).With(context.WithValue(x.original.Context(), requestInfoKey{}, x)))
	free.Body = x.original.Body
	return free
}
