package codebase

import (
	"errors"
	"fmt"
	"net/http"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// statusOf is the table in docs/products/codebase.md, 3. A conflict is 422 there, as any reason why
// an object cannot be created; 409 is for deleting, which this API does not have.
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

// writeError writes every error. The text of an internal error is for the log only.
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

// requestStatus returns 400 for any body that cannot be parsed (docs/products/codebase.md, 3);
// Codebase has no 415.
func requestStatus(status int) int {
	if status == http.StatusUnsupportedMediaType {
		return http.StatusBadRequest
	}
	return status
}

// writeUnauthorized answers an invalid Basic credential as Rails does. The response is the same for
// every reason; the log has the reason.
func (a *api) writeUnauthorized(w http.ResponseWriter, r *http.Request, err error) {
	if r.Header.Get("Authorization") != "" {
		a.log.InfoContext(r.Context(), "credential refused", "api", model.Codebase,
			"address", web.Client(r), "reason", err.Error())
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="Application"`)
	web.WriteBody(w, http.StatusUnauthorized, web.PlainText, []byte("HTTP Basic: Access denied.\n"))
}

// notFound answers unknown paths.
func notFound(w http.ResponseWriter, r *http.Request) {
	writeErrors(w, r, http.StatusNotFound, http.StatusText(http.StatusNotFound))
}

// methodNotAllowed answers unknown methods of a known path: 406, not 405
// (docs/products/codebase.md, 3).
func methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	writeErrors(w, r, http.StatusNotAcceptable, http.StatusText(http.StatusNotAcceptable))
}

// writeErrors writes an errors body. Some clients parse every body and fail for an empty one.
func writeErrors(w http.ResponseWriter, r *http.Request, status int, lines ...string) {
	writeDocument(w, r, status, errorsDocument(lines))
}

// errorLines returns one sentence for each fault, or else the message, or else the status text.
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

// fieldLabel returns Codebase's name of a field of the directory.
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

// faultText returns the rest of the sentence, as Rails words it.
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
		return fmt.Sprintf("can't be added (the maximum is %d)", f.Limit)
	case fault.Weak:
		return "is too weak"
	case fault.Reserved:
		return "is reserved"
	}
	return "is invalid"
}

// invalidError returns an error of the shape of a request.
func invalidError(faults ...fault.Field) error {
	return &fault.Error{Kind: fault.Invalid, Fields: faults}
}
