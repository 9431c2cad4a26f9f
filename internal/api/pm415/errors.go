package pm415

import (
	"cmp"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/web"
)

// errTwoTokens is answered with 400, without a body or content type (docs/products/pm415.md, 2).
var errTwoTokens = errors.New("more than one access token: send it in one place")

// apiError is an error in the format of pm415.
type apiError struct {
	status  int
	message string
	// success is the member success of the body. It is true for two errors, as in pm415
	// (docs/products/pm415.md, 1, quirks).
	success    bool
	retryAfter time.Duration
}

func (r *apiError) Error() string { return r.message }

func newError(status int, format string, args ...any) *apiError {
	return &apiError{status: status, message: fmt.Sprintf(format, args...)}
}

// errorWithSuccessTrue returns one of the two errors whose member success is true.
func errorWithSuccessTrue(status int, message string) *apiError {
	return &apiError{status: status, message: message, success: true}
}

// errorMapping is the response of one route to one error of the directory.
type errorMapping struct {
	matches  func(error) bool
	response *apiError
}

func faultOn(field string, code fault.Code) func(error) bool {
	return func(err error) bool { return fault.Has(err, field, code) }
}

func hasKind(kinds ...fault.Kind) func(error) bool {
	return func(err error) bool {
		for _, k := range kinds {
			if err != nil && fault.KindOf(err) == k {
				return true
			}
		}
		return false
	}
}

// mapError returns the response of the first mapping that matches err, or err.
func mapError(err error, sayings ...errorMapping) error {
	for _, s := range sayings {
		if err != nil && s.matches(err) {
			return s.response
		}
	}
	return err
}

const (
	notAdmin  = "Organization admin privileges required"
	lastAdmin = "At least one admin must remains in"
	notActive = "User not confirmed or inactive"
)

// toAPIError converts every error. Errors with a response of one route are already mapped by
// mapError.
func toAPIError(err error) *apiError {
	if own, ok := errors.AsType[*apiError](err); ok {
		return own
	}
	if wire, ok := errors.AsType[*web.Error](err); ok {
		return newError(wire.Status, "%s", wire.Msg)
	}
	core, ok := errors.AsType[*fault.Error](err)
	switch {
	case !ok:
		return kindError(&fault.Error{})
	case faultOn("state", fault.Inactive)(err):
		return newError(http.StatusForbidden, notActive)
	case faultOn("admin", fault.LastAdmin)(err):
		return newError(http.StatusConflict, lastAdmin)
	case faultOn("scope", fault.SmallScope)(err), faultOn("sign_up", fault.Closed)(err), faultOn("organization", fault.Closed)(err),
		faultOn("reauthentication", fault.Required)(err), faultOn("expires_at", fault.TooLate)(err):
		return newError(http.StatusForbidden, "%s", core.Msg)
	}
	return kindError(core)
}

func kindError(e *fault.Error) *apiError {
	switch e.Kind {
	case fault.Invalid:
		return newError(http.StatusBadRequest, "%s", schema{}.faultMessage(e))
	case fault.Unauthenticated:
		return newError(http.StatusUnauthorized, "Authentication required")
	case fault.Forbidden:
		return newError(http.StatusForbidden, notAdmin)
	case fault.NotFound:
		return newError(http.StatusNotFound, "Not Found")
	case fault.Conflict:
		return newError(http.StatusConflict, "%s", cmp.Or(e.Msg, "Conflict"))
	case fault.Expired:
		return newError(http.StatusUnprocessableEntity, "Bad data")
	case fault.Limited:
		return &apiError{status: http.StatusTooManyRequests, message: e.Msg, retryAfter: max(e.RetryAfter, time.Second)}
	case fault.Unavailable:
		return &apiError{status: http.StatusServiceUnavailable, message: "Service Unavailable", retryAfter: e.RetryAfter}
	}
	return newError(http.StatusInternalServerError, "An internal server error occurred")
}

// errorBody is the body of errors in pm415 (Boom), with its order of members.
type errorBody struct {
	StatusCode int    `json:"statusCode"`
	Error      string `json:"error"`
	Message    string `json:"message"`
	Success    bool   `json:"success"`
}

// writeError writes every error.
func (a *api) writeError(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errTwoTokens) {
		w.Header()["Content-Type"] = nil // net/http would guess one
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	say := toAPIError(err)
	if say.status == http.StatusInternalServerError && !web.ClientClosed(r) {
		a.log.ErrorContext(r.Context(), "pm415 request failed", slog.String("id", web.RequestID(r.Context())), slog.Any("error", err))
	}
	web.SetRetryAfter(w, say.retryAfter)
	body := errorBody{say.status, http.StatusText(say.status), say.message, say.success}
	if err := writeJSON(w, say.status, body); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// notFound writes the 404 page of pm415's web framework, or an error with a message for the parts
// of pm415 that Roster does not have.
func (a *api) notFound(w http.ResponseWriter, r *http.Request) {
	if IsOtherPath(r.URL.Path) {
		a.writeError(w, r, errUsersOnly())
		return
	}
	writePage(w, http.StatusNotFound, "Error", "<pre>Cannot "+html.EscapeString(r.Method+" "+r.URL.EscapedPath())+"</pre>")
}

// welcome answers GET /api/, as pm415 does.
func welcome(w http.ResponseWriter, _ *http.Request, _ request) error {
	writePage(w, http.StatusOK, "PM415", "<p>Welcome to the API</p>")
	return nil
}

func writePage(w http.ResponseWriter, status int, title, inner string) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	web.WriteBody(w, status, "text/html; charset=utf-8", fmt.Appendf(nil,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>%s</title>\n</head>\n<body>\n%s\n</body>\n</html>\n", title, inner))
}
