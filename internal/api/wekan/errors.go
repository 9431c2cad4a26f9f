package wekan

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// meteorError is the error object of /api (docs/products/wekan.md, 2.1). Code is a string or a
// number, as in Wekan.
type meteorError struct {
	IsClientSafe bool   `json:"isClientSafe"`
	Code         any    `json:"error"`
	Reason       string `json:"reason"`
	Message      string `json:"message"`
	ErrorType    string `json:"errorType"`
	StatusCode   int    `json:"statusCode,omitempty"`
}

func newMeteorError(code any, reason string) meteorError {
	return meteorError{
		IsClientSafe: true, Code: code, Reason: reason, Message: fmt.Sprintf("%s [%v]", reason, code), ErrorType: "Meteor.Error",
	}
}

// newStatusError returns the error object of the two responses that contain their status.
func newStatusError(word string, status int) meteorError {
	e := newMeteorError(word, word)
	e.StatusCode = status
	return e
}

// matchError is the error object for input of the wrong type.
type matchError struct {
	Message        string      `json:"message"`
	Path           string      `json:"path"`
	SanitizedError meteorError `json:"sanitizedError"`
	ErrorType      string      `json:"errorType"`
}

func newMatchError(complaint, field string) matchError {
	return matchError{
		Message: "Match error: " + complaint + " in field " + field, Path: field,
		SanitizedError: newMeteorError(http.StatusBadRequest, matchFailed), ErrorType: "Match.Error",
	}
}

const matchFailed = "Match failed"

// accountsError is the error object of /users.
type accountsError struct {
	Code   any    `json:"error"`
	Reason string `json:"reason"`
}

// typeMismatch is the error of a member of the wrong type in a body. Without Field, members are
// missing or unknown.
type typeMismatch struct {
	Field string
	Got   string // JavaScript name of the type
}

func (m *typeMismatch) Error() string {
	if m.Field == "" {
		return "the body lacks a member or has one too many"
	}
	return fmt.Sprintf("expected string, got %s in field %s", m.Got, m.Field)
}

// writeError writes every error, in the format of /users or of /api.
func (a *api) writeError(w http.ResponseWriter, r *http.Request, err error) {
	err = asDirectoryError(err)
	setRetryAfter(w, err)
	if bad, ok := errors.AsType[*web.Error](err); ok {
		a.logWriteError(writeIndented(w, bad.Status, accountsError{bad.Status, bad.Msg}))
		return
	}
	if strings.HasPrefix(r.URL.Path, "/users/") {
		status, body := a.mapAccountsError(r.URL.Path, err)
		a.logWriteError(writeIndented(w, status, body))
		return
	}
	status, body := mapAPIError(err)
	if shown := a.shownStatus(status); shown != status {
		a.config.Log.InfoContext(r.Context(), "refused", "api", model.Wekan, "id", web.RequestID(r.Context()),
			"status", status, "reason", err.Error())
		status = shown
	}
	a.logWriteError(writeJSON(w, status, body))
}

// asDirectoryError converts an error of a server limit to the directory error of the same kind,
// which has a mapping in this API. It returns other errors unchanged.
func asDirectoryError(err error) error {
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

// shownStatus returns the status that classic has for an error of /api: 200, except for overload
// and internal errors, which a client has to notice.
func (a *api) shownStatus(fitting int) int {
	if a.config.RealStatuses || fitting == http.StatusTooManyRequests || fitting >= http.StatusInternalServerError {
		return fitting
	}
	return http.StatusOK
}

// logWriteError logs that a response could not be encoded.
func (a *api) logWriteError(err error) {
	if err != nil {
		a.config.Log.Error("answer not sent", "api", model.Wekan, "error", err)
	}
}

// kindOf returns the kind of err; malformed requests are Invalid.
func kindOf(err error) fault.Kind {
	if _, ok := errors.AsType[*typeMismatch](err); ok {
		return fault.Invalid
	}
	if _, ok := errors.AsType[*web.Error](err); ok {
		return fault.Invalid
	}
	return fault.KindOf(err)
}

// setRetryAfter sets Retry-After, to one second at least.
func setRetryAfter(w http.ResponseWriter, err error) {
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

// mapAPIError returns the fitting status and the error object of /api. Where Wekan gives no error
// object, it is {}: for an unknown id and internal errors.
func mapAPIError(err error) (status int, body any) {
	switch kindOf(err) {
	case fault.Unauthenticated:
		return http.StatusUnauthorized, newStatusError("Unauthorized", http.StatusUnauthorized)
	case fault.Forbidden:
		if fault.Has(err, "state", fault.Inactive) {
			return http.StatusForbidden, newMeteorError(http.StatusForbidden, loginForbidden)
		}
		return http.StatusForbidden, newStatusError("Forbidden", http.StatusForbidden)
	case fault.Conflict:
		return http.StatusForbidden, newMeteorError(http.StatusForbidden, conflictReason(err))
	case fault.Invalid:
		return http.StatusBadRequest, newInvalidError(err)
	case fault.Expired:
		return http.StatusBadRequest, newMeteorError(http.StatusBadRequest, "Expired")
	case fault.NotFound:
		return http.StatusNotFound, empty{}
	case fault.Limited:
		return http.StatusTooManyRequests, newMeteorError(tooMany, "Too many requests. Try again later.")
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

func conflictReason(err error) string {
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

func newInvalidError(err error) any {
	if fault.Has(err, "user", fault.Blank) {
		return newMeteorError(http.StatusBadRequest, needName)
	}
	if m, ok := errors.AsType[*typeMismatch](err); ok && m.Field != "" {
		return newMatchError("Expected string, got "+m.Got, m.Field)
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && len(e.Fields) > 0 {
		return newMatchError("Failed Match.Where validation", e.Fields[0].Name)
	}
	return newMeteorError(http.StatusBadRequest, matchFailed)
}

const logoutPath = "/users/logout"

// mapAccountsError returns status and body of errors of /users, as in the classic column of
// docs/products/wekan.md, 3. Errors of logout are those of the newest releases, which alone have
// it.
//
// An account with a second factor has an error of its own, also where unknown names are not revealed:
// its password was right.
func (a *api) mapAccountsError(path string, err error) (status int, body accountsError) {
	if path != logoutPath && fault.Has(err, "second_factor", fault.Required) {
		return http.StatusBadRequest, accountsError{"no-2fa-code", "This account has a second factor. Use an API key or an access token as the Bearer token."}
	}
	if path != logoutPath && !a.revealsAccounts && kindOf(err) == fault.Unauthenticated {
		return http.StatusUnauthorized, accountsError{"login-failed", "Incorrect username, email address or password."}
	}
	switch kindOf(err) {
	case fault.Unauthenticated:
		if path == logoutPath {
			return http.StatusUnauthorized, accountsError{"unauthorized",
				"You must be logged in to log out. Send your token as an Authorization: Bearer header."}
		}
		return http.StatusBadRequest, loginError(err)
	case fault.Forbidden:
		return http.StatusBadRequest, forbiddenError(err)
	case fault.Conflict:
		return http.StatusBadRequest, accountsError{http.StatusForbidden, conflictReason(err)}
	case fault.Invalid:
		return http.StatusBadRequest, accountsError{http.StatusBadRequest, invalidReason(err)}
	case fault.NotFound:
		return http.StatusBadRequest, unknownUserError()
	case fault.Expired:
		return http.StatusBadRequest, accountsError{http.StatusBadRequest, "Expired"}
	case fault.Limited:
		return http.StatusTooManyRequests, accountsError{tooMany, "Too many failed login attempts. Try again later."}
	case fault.Unavailable:
		return http.StatusServiceUnavailable, accountsError{"service-unavailable", "Service unavailable. Try again later."}
	}
	return http.StatusInternalServerError, accountsError{"internal-server-error", "Internal server error"}
}

// loginError distinguishes an unknown name from a wrong password, as classic does. The directory
// makes both cost the same time and limits the number of attempts.
func loginError(err error) accountsError {
	switch {
	case fault.Has(err, "password", fault.WrongPassword):
		return accountsError{http.StatusForbidden, "Incorrect password"}
	case fault.Has(err, "password", fault.NoPassword):
		return accountsError{http.StatusForbidden, "User has no password set"}
	}
	return unknownUserError()
}

func unknownUserError() accountsError {
	return accountsError{"not-found", "User with that username or email address not found."}
}

func forbiddenError(err error) accountsError {
	switch {
	case fault.Has(err, "sign_up", fault.Closed):
		return accountsError{"error-invitation-code-blank", "The invitation code is required"}
	case fault.Has(err, "state", fault.Inactive):
		return accountsError{http.StatusForbidden, loginForbidden}
	}
	return accountsError{http.StatusForbidden, "Forbidden"}
}

// invalidReason returns the reason of a validation error. A missing password is reported before a
// missing name, since Wekan checks the types of the body first.
func invalidReason(err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	if ok && len(e.Fields) == 1 && fault.Has(err, "user", fault.Blank) {
		return needName
	}
	return matchFailed
}

// notFound answers unknown paths with 404. Wekan serves its start page with 200 there, which a
// script would take for success.
func (a *api) notFound(w http.ResponseWriter, _ *http.Request) {
	a.logWriteError(writeJSON(w, http.StatusNotFound, newMeteorError(http.StatusNotFound, "Not Found")))
}

func (a *api) methodNotAllowed(w http.ResponseWriter, _ *http.Request) {
	a.logWriteError(writeJSON(w, http.StatusMethodNotAllowed, newMeteorError(http.StatusMethodNotAllowed, "Method Not Allowed")))
}
