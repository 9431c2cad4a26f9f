package gitlab

import (
	"errors"
	"net/http"
	"strconv"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/web"
)

// apiError is an error in GitLab's format: {"message": …} (docs/products/gitlab.md).
type apiError struct {
	status int
	msg    string
	cause  error // for the log; may be nil
}

// Error returns message and cause, for the log.
func (e *apiError) Error() string {
	if e.cause != nil {
		return e.msg + ": " + e.cause.Error()
	}
	return e.msg
}

// Unwrap returns the cause.
func (e *apiError) Unwrap() error { return e.cause }

// GitLab writes "Not found" for a missing record, and "Not Found" for every invalid input of
// a write, including taken names.
const (
	recordNotFound = "404 Not found"
	helperNotFound = "404 Not Found"
	unauthorized   = "401 Unauthorized"
	secondFactor   = "401 Unauthorized. You have 2FA enabled. Please use a personal access token to access the API"
)

// mapError maps err to GitLab's error. Errors without a mapping of their own are mapped by kind.
func mapError(err error) *apiError {
	if said, ok := errors.AsType[*apiError](err); ok {
		return said
	}
	if bad, ok := errors.AsType[*web.Error](err); ok {
		return mapRequestError(bad)
	}
	switch fault.KindOf(err) {
	case fault.Unauthenticated:
		return &apiError{http.StatusUnauthorized, unauthorized, err}
	case fault.Forbidden:
		return &apiError{http.StatusForbidden, "403 Forbidden", err}
	case fault.NotFound:
		return &apiError{http.StatusNotFound, recordNotFound, err}
	case fault.Invalid, fault.Conflict, fault.Expired:
		return &apiError{http.StatusNotFound, helperNotFound, err}
	case fault.Limited:
		return &apiError{http.StatusTooManyRequests, "429 Too Many Requests", err}
	case fault.Unavailable:
		return &apiError{http.StatusServiceUnavailable, "503 Service Unavailable", err}
	}
	return &apiError{http.StatusInternalServerError, "500 Internal Server Error", err}
}

// mapRequestError maps an error of parsing the request. A parameter of the wrong type counts as a
// failed validation, which is 404 in GitLab.
func mapRequestError(bad *web.Error) *apiError {
	switch bad.Code {
	case web.Invalid:
		return &apiError{http.StatusNotFound, helperNotFound, bad}
	case web.Malformed:
		return &apiError{http.StatusBadRequest, "400 (Bad request) " + bad.Msg, bad}
	}
	return &apiError{bad.Status, strconv.Itoa(bad.Status) + " " + http.StatusText(bad.Status), bad}
}

// missingAttribute returns 400 for the first of the required attributes that is missing according
// to err, or err.
func missingAttribute(err error, required ...string) error {
	for _, attribute := range required {
		if fault.Has(err, attribute, fault.Blank) {
			return &apiError{http.StatusBadRequest, `400 (Bad request) "` + attribute + `" not given`, err}
		}
	}
	return err
}

// mapCurrentPasswordError is err, or 403 where the current password is missing or wrong,
// which GitLab does not require.
func mapCurrentPasswordError(err error) error {
	switch {
	case fault.Has(err, "current_password", fault.Blank):
		return &apiError{http.StatusForbidden, "403 Forbidden: send your current password as current_password", err}
	case fault.Has(err, "current_password", fault.WrongPassword):
		return &apiError{http.StatusForbidden, "403 Forbidden: current_password is wrong", err}
	}
	return err
}

// mapSudoError maps an error of impersonating name.
func mapSudoError(err error, name string) error {
	switch fault.KindOf(err) {
	case fault.Forbidden:
		return &apiError{http.StatusForbidden, "403 Forbidden: Must be admin to use sudo", err}
	case fault.NotFound:
		return &apiError{http.StatusNotFound, "404 No user id or username for: " + name + " Not Found", err}
	}
	return err
}

// mapLoginError maps an error of a login: whatever was wrong or missing, the response is the same,
// so that it does not reveal which accounts exist.
//
// An account with a second factor is the exception: its password was right.
func mapLoginError(err error) error {
	if fault.Has(err, "second_factor", fault.Required) {
		return &apiError{http.StatusUnauthorized, secondFactor, err}
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Forbidden, fault.NotFound:
		return &apiError{http.StatusUnauthorized, unauthorized, err}
	}
	return err
}

// writeError writes every error.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		web.SetRetryAfter(w, e.RetryAfter)
	}
	no := mapError(err)
	answer := struct {
		Message string            `json:"message"`
		Errors  []validationError `json:"errors,omitempty"`
	}{Message: no.msg}
	if reasons := validationErrors(err); len(reasons) > 0 {
		web.SetReason(r, joinDetails(reasons))
		if _, ok := errors.AsType[visibleErrors](err); ok {
			answer.Errors = reasons
		}
	}
	writeJSON(w, no.status, answer)
}

// notFound answers unknown routes as Grape does, in a format of its own.
func notFound(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusNotFound, struct {
		Error string `json:"error"`
	}{"Not Found"})
}

func methodNotAllowed(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusMethodNotAllowed, struct {
		Message string `json:"message"`
	}{"Method Not Allowed"})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	if err := web.WriteJSON(w, status, body); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
}
