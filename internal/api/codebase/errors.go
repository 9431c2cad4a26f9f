package codebase

import (
	"errors"
	"fmt"
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/web"
)

// statusOf is Codebase's table (docs/products/codebase.md, 3). A conflict is 422 there,
// for it is one of the reasons why an object cannot be created; 409 is kept for
// deleting, which this API does not offer.
func statusOf(kind fault.Kind) int {
	switch kind {
	case fault.Invalid, fault.Conflict, fault.Expired:
		return http.StatusUnprocessableEntity
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Limited:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// fail answers every error. What an internal one says is for the log alone.
func (a *api) writeError(w http.ResponseWriter, r *http.Request, err error) {
	if fault, ok := errors.AsType[*web.Error](err); ok {
		writeErrors(w, r, requestStatus(fault.Status), web.Capitalize(fault.Msg))
		return
	}
	problem, ok := errors.AsType[*fault.Error](err)
	if !ok {
		problem = &fault.Error{Kind: fault.Internal}
	}
	status := statusOf(problem.Kind)
	if status == http.StatusUnauthorized {
		a.writeUnauthorized(w, r, err)
		return
	}
	web.SetRetryAfter(w, problem.RetryAfter)
	writeErrors(w, r, status, errorLines(status, problem)...)
}

// requestStatus: a body that nobody here can read is 400, whatever the reason
// (docs/products/codebase.md, 3); the table has no 415.
func requestStatus(status int) int {
	if status == http.StatusUnsupportedMediaType {
		return http.StatusBadRequest
	}
	return status
}

// deny is how Rails answers a Basic credential that it does not like. The client
// hears the same whatever was wrong with it; the log tells the operator more.
func (a *api) writeUnauthorized(w http.ResponseWriter, r *http.Request, err error) {
	if r.Header.Get("Authorization") != "" {
		a.log.InfoContext(r.Context(), "credential refused", "api", directory.Codebase,
			"address", web.Client(r), "reason", err.Error())
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="Application"`)
	web.WriteBody(w, http.StatusUnauthorized, web.PlainText, []byte("HTTP Basic: Access denied.\n"))
}

// notFound answers paths that this API does not have.
func notFound(w http.ResponseWriter, r *http.Request) {
	writeErrors(w, r, http.StatusNotFound, http.StatusText(http.StatusNotFound))
}

// wrongMethod answers verbs that do not fit a known path: 406, not 405
// (docs/products/codebase.md, 3).
func methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	writeErrors(w, r, http.StatusNotAcceptable, http.StatusText(http.StatusNotAcceptable))
}

// refuse answers with an errors body. Clients that parse whatever they get, and
// raise at an empty body, can read that as well.
func writeErrors(w http.ResponseWriter, r *http.Request, status int, lines ...string) {
	writeDocument(w, r, status, errorsDocument(lines))
}

// sentences tells what is wrong: each fault where there are any, else the
// message, else what the status says by itself.
func errorLines(status int, e *fault.Error) []string {
	if status == http.StatusUnprocessableEntity && len(e.Fields) > 0 {
		lines := make([]string, 0, len(e.Fields))
		for _, f := range e.Fields {
			lines = append(lines, fieldLabel(f.Name)+" "+faultText(f))
		}
		return lines
	}
	if e.Msg != "" && e.Kind != fault.Internal {
		return []string{web.Capitalize(e.Msg)}
	}
	return []string{http.StatusText(status)}
}

// label is what Codebase calls a field of the directory.
func fieldLabel(field string) string {
	switch field {
	case "given_name":
		return "First name"
	case "family_name":
		return "Last name"
	case "email":
		return "Email address"
	case "title":
		return "Description"
	}
	return web.Capitalize(field)
}

// complaint is the rest of the sentence, in the words of Rails.
func faultText(f fault.Field) string {
	if f.Detail != "" && f.Name != "email" {
		return "is invalid: " + f.Detail
	}
	switch f.Code {
	case fault.Blank:
		return "can't be blank"
	case fault.Taken:
		return "has already been taken"
	case fault.TooLong:
		return fmt.Sprintf("is too long (maximum is %d characters)", f.Limit)
	case fault.TooShort:
		return fmt.Sprintf("is too short (minimum is %d characters)", f.Limit)
	case fault.TooMany:
		return fmt.Sprintf("can't be added (%d are the most that one may have)", f.Limit)
	case fault.Weak:
		return "is too weak"
	case fault.Reserved:
		return "is reserved"
	}
	return "is invalid"
}

// invalid is a fault that only the shape of a request can have.
func invalidError(faults ...fault.Field) error {
	return &fault.Error{Kind: fault.Invalid, Fields: faults}
}
