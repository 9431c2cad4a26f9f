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
type reason struct {
	Field  string     `json:"field"`
	Code   fault.Code `json:"code"`
	Detail string     `json:"detail"`
}

// shown marks an error whose reasons the caller may see.
type shown struct{ error }

func (e shown) Unwrap() error { return e.error }

// explaining lets those see the reasons of a refusal who manage users: others could
// learn from them which keys, names and addresses are taken.
func (a api) explaining(next serve) serve {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		err := next(w, r, c)
		if len(reasonsOf(err)) > 0 && a.directory.Can(r.Context(), c.who, directory.UsersManage, 0) == nil {
			return shown{err}
		}
		return err
	}
}

// reasonsOf are the faults of an input that failed its validation; nil for any other
// error, and for one whose message names the attribute.
func reasonsOf(err error) []reason {
	if refused, ok := errors.AsType[*refusal](err); ok && refused.msg != helperNotFound {
		return nil
	}
	if bad, ok := errors.AsType[*web.Error](err); ok && bad.Code == web.Invalid {
		return []reason{{bad.Field, fault.Malformed, bad.Msg}}
	}
	failed, ok := errors.AsType[*fault.Error](err)
	if !ok || failed.Kind != fault.Invalid && failed.Kind != fault.Conflict {
		return nil
	}
	reasons := make([]reason, 0, len(failed.Fields))
	for _, f := range failed.Fields {
		reasons = append(reasons, reason{f.Name, f.Code, f.String()})
	}
	if failed.Msg != "" && len(reasons) == 1 {
		reasons[0].Detail = failed.Msg
	}
	return reasons
}

// sentence joins reasons for the log line.
func sentence(reasons []reason) string {
	details := make([]string, len(reasons))
	for i, one := range reasons {
		details[i] = one.Detail
	}
	return strings.Join(details, "; ")
}
