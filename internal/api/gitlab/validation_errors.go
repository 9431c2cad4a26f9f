package gitlab

import (
	"errors"
	"net/http"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// GitLab answers every failed validation with the same 404. The reason is in the request log,
// and in the member errors of the response, which clients of this version do not read.

// validationError is one fault of the input, in the format of the native API.
type validationError struct {
	Field  string     `json:"field"`
	Code   fault.Code `json:"code"`
	Detail string     `json:"detail"`
}

// visibleErrors marks an error whose validation errors the caller may see.
type visibleErrors struct{ error }

func (e visibleErrors) Unwrap() error { return e.error }

// withValidationErrors shows validation errors only to actors who manage users: other actors could
// learn which keys, names and addresses are taken.
func (a api) withValidationErrors(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request, req request) error {
		err := next(w, r, req)
		if len(validationErrors(err)) > 0 && a.directory.Can(r.Context(), req.actor, model.UsersManage, 0) == nil {
			return visibleErrors{err}
		}
		return err
	}
}

// validationErrors returns the faults of an input that failed its validation. It returns nil for
// other errors, and for one whose message names the attribute.
func validationErrors(err error) []validationError {
	if refused, ok := errors.AsType[*apiError](err); ok && refused.msg != helperNotFound {
		return nil
	}
	if bad, ok := errors.AsType[*web.Error](err); ok && bad.Code == web.Invalid {
		return []validationError{{bad.Field, fault.Malformed, bad.Msg}}
	}
	failed, ok := errors.AsType[*fault.Error](err)
	if !ok || failed.Kind != fault.Invalid && failed.Kind != fault.Conflict {
		return nil
	}
	reasons := make([]validationError, 0, len(failed.Fields))
	for _, f := range failed.Fields {
		reasons = append(reasons, validationError{f.Name, f.Code, f.String()})
	}
	if failed.Msg != "" && len(reasons) == 1 {
		reasons[0].Detail = failed.Msg
	}
	return reasons
}

// joinDetails joins the errors for the request log.
func joinDetails(reasons []validationError) string {
	details := make([]string, len(reasons))
	for i, one := range reasons {
		details[i] = one.Detail
	}
	return strings.Join(details, "; ")
}
