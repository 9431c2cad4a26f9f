package gitlab

import (
	"errors"
	"net/http"
	"strconv"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/web"
)

// A refusal is a no in GitLab's words: {"message": …} (docs/products/gitlab.md).
type refusal struct {
	status int
	msg    string
	cause  error // for the log; may be nil
}

// Error is for the log.
func (e *refusal) Error() string {
	if e.cause != nil {
		return e.msg + ": " + e.cause.Error()
	}
	return e.msg
}

// Unwrap gives the cause.
func (e *refusal) Unwrap() error { return e.cause }

// The texts that occur in more than one place. GitLab writes "Not found" of a
// record that it looked up, and "Not Found" where its helper gave up: whatever is
// wrong with the input of a write, taken names included.
const (
	recordNotFound = "404 Not found"
	helperNotFound = "404 Not Found"
	unauthorized   = "401 Unauthorized"
)

// refuse translates err. What is not said here falls to the meaning of its kind.
func refuse(err error) *refusal {
	if said, ok := errors.AsType[*refusal](err); ok {
		return said
	}
	if bad, ok := errors.AsType[*web.Error](err); ok {
		return unreadable(bad)
	}
	switch fault.KindOf(err) {
	case fault.Unauthenticated:
		return &refusal{http.StatusUnauthorized, unauthorized, err}
	case fault.Forbidden:
		return &refusal{http.StatusForbidden, "403 Forbidden", err}
	case fault.NotFound:
		return &refusal{http.StatusNotFound, recordNotFound, err}
	case fault.Invalid, fault.Conflict, fault.Expired:
		return &refusal{http.StatusNotFound, helperNotFound, err}
	case fault.Limited:
		return &refusal{http.StatusTooManyRequests, "429 Too Many Requests", err}
	case fault.Unavailable:
		return &refusal{http.StatusServiceUnavailable, "503 Service Unavailable", err}
	}
	return &refusal{http.StatusInternalServerError, "500 Internal Server Error", err}
}

// unreadable answers requests that were not understood. A parameter of a wrong
// type is one more failed validation, and so 404.
func unreadable(bad *web.Error) *refusal {
	switch bad.Code {
	case web.Invalid:
		return &refusal{http.StatusNotFound, helperNotFound, bad}
	case web.Malformed:
		return &refusal{http.StatusBadRequest, "400 (Bad request) " + bad.Msg, bad}
	}
	return &refusal{bad.Status, strconv.Itoa(bad.Status) + " " + http.StatusText(bad.Status), bad}
}

// notGiven is err, or 400 for the first of the required attributes that err says
// is missing.
func notGiven(err error, required ...string) error {
	for _, attribute := range required {
		if fault.Has(err, attribute, fault.Blank) {
			return &refusal{http.StatusBadRequest, `400 (Bad request) "` + attribute + `" not given`, err}
		}
	}
	return err
}

// sudoRefused is err in the words that GitLab has for acting as name.
func sudoRefused(err error, name string) error {
	switch fault.KindOf(err) {
	case fault.Forbidden:
		return &refusal{http.StatusForbidden, "403 Forbidden: Must be admin to use sudo", err}
	case fault.NotFound:
		return &refusal{http.StatusNotFound, "404 No user id or username for: " + name + " Not Found", err}
	}
	return err
}

// notLoggedIn is err of a login: whatever was wrong or missing, the answer is the
// same, and tells nobody who has an account.
func notLoggedIn(err error) error {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Forbidden, fault.NotFound:
		return &refusal{http.StatusUnauthorized, unauthorized, err}
	}
	return err
}

// fail answers every error.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		web.SetRetryAfter(w, e.RetryAfter)
	}
	no := refuse(err)
	answer := struct {
		Message string   `json:"message"`
		Errors  []reason `json:"errors,omitempty"`
	}{Message: no.msg}
	if reasons := reasonsOf(err); len(reasons) > 0 {
		web.SetReason(r, sentence(reasons))
		if _, ok := errors.AsType[shown](err); ok {
			answer.Errors = reasons
		}
	}
	say(w, no.status, answer)
}

// unknownRoute answers as Grape does, in another shape than all other errors.
func unknownRoute(w http.ResponseWriter, _ *http.Request) {
	say(w, http.StatusNotFound, struct {
		Error string `json:"error"`
	}{"Not Found"})
}

func wrongMethod(w http.ResponseWriter, _ *http.Request) {
	say(w, http.StatusMethodNotAllowed, struct {
		Message string `json:"message"`
	}{"Method Not Allowed"})
}

func say(w http.ResponseWriter, status int, body any) {
	if err := web.WriteJSON(w, status, body); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
}
