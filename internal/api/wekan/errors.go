package wekan

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/web"
)

// meteorError is the error object of /api (docs/products/wekan.md, 2.1). Code is a
// text or a number, as the original has it.
type meteorError struct {
	IsClientSafe bool   `json:"isClientSafe"`
	Code         any    `json:"error"`
	Reason       string `json:"reason"`
	Message      string `json:"message"`
	ErrorType    string `json:"errorType"`
	StatusCode   int    `json:"statusCode,omitempty"`
}

func meteor(code any, reason string) meteorError {
	return meteorError{
		IsClientSafe: true, Code: code, Reason: reason, Message: fmt.Sprintf("%s [%v]", reason, code), ErrorType: "Meteor.Error",
	}
}

// denial is the error object of the two answers that know their own status.
func denial(word string, status int) meteorError {
	e := meteor(word, word)
	e.StatusCode = status
	return e
}

// matchError is the error object for input of a wrong form.
type matchError struct {
	Message        string      `json:"message"`
	Path           string      `json:"path"`
	SanitizedError meteorError `json:"sanitizedError"`
	ErrorType      string      `json:"errorType"`
}

func matchFailure(complaint, field string) matchError {
	return matchError{
		Message: "Match error: " + complaint + " in field " + field, Path: field,
		SanitizedError: meteor(http.StatusBadRequest, matchFailed), ErrorType: "Match.Error",
	}
}

const matchFailed = "Match failed"

// plainError is the error object of /users.
type plainError struct {
	Code   any    `json:"error"`
	Reason string `json:"reason"`
}

// mismatch says that a member of a body is not of the type that is asked for;
// without a field, that members are missing or too many.
type mismatch struct {
	Field string
	Got   string // the type in JavaScript's words
}

func (m *mismatch) Error() string {
	if m.Field == "" {
		return "the body lacks a member or has one too many"
	}
	return fmt.Sprintf("expected string, got %s in field %s", m.Got, m.Field)
}

// fail answers every error: those of /users and those of /api look different.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	err = overload(err)
	retryAfter(w, err)
	if bad, ok := errors.AsType[*web.Error](err); ok {
		a.logUnsent(sendIndented(w, bad.Status, plainError{bad.Status, bad.Msg}))
		return
	}
	if strings.HasPrefix(r.URL.Path, "/users/") {
		status, body := a.usersError(r.URL.Path, err)
		a.logUnsent(sendIndented(w, status, body))
		return
	}
	status, body := apiError(err)
	if shown := a.status(status); shown != status {
		a.config.Log.InfoContext(r.Context(), "refused", "api", directory.Wekan, "id", web.RequestID(r.Context()),
			"status", status, "reason", err.Error())
		status = shown
	}
	a.logUnsent(send(w, status, body))
}

// overload is err, or, where a bound of the server rejected the request, the error
// of the directory that means the same, which has words of its own in this API.
func overload(err error) error {
	bad, ok := errors.AsType[*web.Error](err)
	switch {
	case !ok:
		return err
	case bad.Code == web.Limited:
		return &fault.Error{Kind: fault.Limited, Msg: bad.Msg, RetryAfter: bad.RetryAfter, Err: bad}
	case bad.Code == web.Unavailable:
		return &fault.Error{Kind: fault.Unavailable, Msg: bad.Msg, RetryAfter: bad.RetryAfter, Err: bad}
	}
	return err
}

// status is what classic shows for an error of /api: 200, but for those that are
// no answer to the request, which a client has to notice.
func (a *api) status(fitting int) int {
	if a.config.RealStatuses || fitting == http.StatusTooManyRequests || fitting >= http.StatusInternalServerError {
		return fitting
	}
	return http.StatusOK
}

// logUnsent notes an answer that could not be encoded.
func (a *api) logUnsent(err error) {
	if err != nil {
		a.config.Log.Error("answer not sent", "api", directory.Wekan, "error", err)
	}
}

// kindOf counts what is wrong with the form of a request as Invalid.
func kindOf(err error) fault.Kind {
	if _, ok := errors.AsType[*mismatch](err); ok {
		return fault.Invalid
	}
	if _, ok := errors.AsType[*web.Error](err); ok {
		return fault.Invalid
	}
	return fault.KindOf(err)
}

// retryAfter says when to come again: in a second at least.
func retryAfter(w http.ResponseWriter, err error) {
	kind := fault.KindOf(err)
	if kind != fault.Limited && kind != fault.Unavailable {
		return
	}
	wait := time.Second
	if e, ok := errors.AsType[*fault.Error](err); ok {
		wait = max(wait, e.RetryAfter)
	}
	web.SetRetryAfter(w, wait)
}

// apiError is the status that fits and the error object of /api. What the
// original does not tell, {} says here too: an unknown id and our own faults.
func apiError(err error) (status int, body any) {
	switch kindOf(err) {
	case fault.Unauthenticated:
		return http.StatusUnauthorized, denial("Unauthorized", http.StatusUnauthorized)
	case fault.Forbidden:
		if fault.Has(err, "state", fault.Inactive) {
			return http.StatusForbidden, meteor(http.StatusForbidden, loginForbidden)
		}
		return http.StatusForbidden, denial("Forbidden", http.StatusForbidden)
	case fault.Conflict:
		return http.StatusForbidden, meteor(http.StatusForbidden, takenReason(err))
	case fault.Invalid:
		return http.StatusBadRequest, invalidObject(err)
	case fault.Expired:
		return http.StatusBadRequest, meteor(http.StatusBadRequest, "Expired")
	case fault.NotFound:
		return http.StatusNotFound, empty{}
	case fault.Limited:
		return http.StatusTooManyRequests, meteor(tooMany, "Too many requests. Try again later.")
	case fault.Unavailable:
		return http.StatusServiceUnavailable, empty{}
	}
	return http.StatusInternalServerError, empty{}
}

const (
	loginForbidden = "Login forbidden"
	needName       = "Need to set a username or email"
	tooMany        = "too-many-requests"
)

func takenReason(err error) string {
	e, described := errors.AsType[*fault.Error](err)
	switch {
	case described && fault.Has(err, "user", fault.Ambiguous):
		return e.Msg
	case fault.Has(err, "username", fault.Taken):
		return "Username already exists."
	case fault.Has(err, "email", fault.Taken):
		return "Email already exists."
	}
	return "Already exists."
}

func invalidObject(err error) any {
	if fault.Has(err, "user", fault.Blank) {
		return meteor(http.StatusBadRequest, needName)
	}
	if m, ok := errors.AsType[*mismatch](err); ok && m.Field != "" {
		return matchFailure("Expected string, got "+m.Got, m.Field)
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && len(e.Fields) > 0 {
		return matchFailure("Failed Match.Where validation", e.Fields[0].Name)
	}
	return meteor(http.StatusBadRequest, matchFailed)
}

const logoutPath = "/users/logout"

// usersError is the status and body of errors of /users, the classic column of
// docs/products/wekan.md, 3; those of logout are the newest era's, which alone has it.
func (a *api) usersError(path string, err error) (status int, body plainError) {
	if path != logoutPath && !a.config.TellUnknown && kindOf(err) == fault.Unauthenticated {
		return http.StatusUnauthorized, plainError{"login-failed", "Incorrect username, email address or password."}
	}
	switch kindOf(err) {
	case fault.Unauthenticated:
		if path == logoutPath {
			return http.StatusUnauthorized, plainError{"unauthorized",
				"You must be logged in to log out. Send your token as an Authorization: Bearer header."}
		}
		return http.StatusBadRequest, wrongLogin(err)
	case fault.Forbidden:
		return http.StatusBadRequest, refusal(err)
	case fault.Conflict:
		return http.StatusBadRequest, plainError{http.StatusForbidden, takenReason(err)}
	case fault.Invalid:
		return http.StatusBadRequest, plainError{http.StatusBadRequest, invalidReason(err)}
	case fault.NotFound:
		return http.StatusBadRequest, unknownUser()
	case fault.Expired:
		return http.StatusBadRequest, plainError{http.StatusBadRequest, "Expired"}
	case fault.Limited:
		return http.StatusTooManyRequests, plainError{tooMany, "Too many failed login attempts. Try again later."}
	case fault.Unavailable:
		return http.StatusServiceUnavailable, plainError{"service-unavailable", "Service unavailable. Try again later."}
	}
	return http.StatusInternalServerError, plainError{"internal-server-error", "Internal server error"}
}

// wrongLogin tells an unknown name from a wrong password, as classic does;
// the directory makes both cost the same and limits how often one may ask.
func wrongLogin(err error) plainError {
	switch {
	case fault.Has(err, "password", fault.WrongPassword):
		return plainError{http.StatusForbidden, "Incorrect password"}
	case fault.Has(err, "password", fault.NoPassword):
		return plainError{http.StatusForbidden, "User has no password set"}
	}
	return unknownUser()
}

func unknownUser() plainError {
	return plainError{"not-found", "User with that username or email address not found."}
}

func refusal(err error) plainError {
	switch {
	case fault.Has(err, "sign_up", fault.Closed):
		return plainError{"error-invitation-code-blank", "The invitation code is required"}
	case fault.Has(err, "state", fault.Inactive):
		return plainError{http.StatusForbidden, loginForbidden}
	}
	return plainError{http.StatusForbidden, "Forbidden"}
}

// invalidReason: a missing password is a mismatch before a missing name is
// noticed, since the original checks the form of the body first.
func invalidReason(err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	if ok && len(e.Fields) == 1 && fault.Has(err, "user", fault.Blank) {
		return needName
	}
	return matchFailed
}

// noRoute answers paths that this API does not have. The original serves its
// page for people there, which would tell a script that all is well.
func (a *api) noRoute(w http.ResponseWriter, _ *http.Request) {
	a.logUnsent(send(w, http.StatusNotFound, meteor(http.StatusNotFound, "Not Found")))
}

func (a *api) wrongMethod(w http.ResponseWriter, _ *http.Request) {
	a.logUnsent(send(w, http.StatusMethodNotAllowed, meteor(http.StatusMethodNotAllowed, "Method Not Allowed")))
}
