package gitlab

import (
	"errors"
	"net/http"
	"strings"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/web"
)

// GitLab answers every failed validation with the same 404, which tells an
// administrator nothing. The reason stands in the log line, and in the member errors
// of the answer, which clients of this version do not read.

// reason is one fault of the input: the member of a body in which native API and
// this one agree.
type validationError struct {
	Field  string     `json:"field"`
	Code   fault.Code `json:"code"`
	Detail string     `json:"detail"`
}

// shown marks an error whose reasons the caller may see.
type visibleErrors struct{ error }

func (e visibleErrors) Unwrap() error { return e.error }

// explaining lets those see the reasons of a refusal who manage users: others could
// learn from them which keys, names and addresses are taken.
func (a api) withValidationErrors(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request, req request) error {
		err := next(w, r, req)
		if len(validationErrors(err)) > 0 && a.directory.Can(r.Context(), req.actor, directory.UsersManage, 0) == nil {
			return visibleErrors{err}
		}
		return err
	}
}

// reasonsOf are the faults of an input that failed its validation; nil for any other
// error, and for one whose message names the attribute.
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

// sentence joins reasons for the log line.
func joinDetails(reasons []validationError) string {
	details := make([]string, len(reasons))
	for i, one := range reasons {
		details[i] = one.Detail
	}
	return strings.Join(details, "; ")
}
