package native

import (
	"cmp"
	"errors"
	"net/http"
	"os"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/web"
)

// Error codes without a [fault.Kind].
const (
	codeNotFound         = "not_found"
	codeMethodNotAllowed = "method_not_allowed"
	codeRequestTimeout   = "request_timeout"
	codeSecondFactor     = "second_factor_required"
)

// statusAndCode returns the HTTP status and the error code for a kind.
func statusAndCode(kind fault.Kind) (status int, code string) {
	switch kind {
	case fault.Invalid:
		return http.StatusBadRequest, "invalid"
	case fault.Unauthenticated:
		return http.StatusUnauthorized, "unauthenticated"
	case fault.Forbidden:
		return http.StatusForbidden, "forbidden"
	case fault.NotFound:
		return http.StatusNotFound, codeNotFound
	case fault.Conflict:
		return http.StatusConflict, "conflict"
	case fault.Expired:
		return http.StatusGone, "expired"
	case fault.Limited:
		return http.StatusTooManyRequests, "limited"
	case fault.Unavailable:
		return http.StatusServiceUnavailable, "unavailable"
	}
	return http.StatusInternalServerError, "internal"
}

func newProblem(status int, code, detail string) *problem {
	return &problem{Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// problemFor returns the problem details for any error.
func problemFor(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if bad, ok := errors.AsType[*web.Error](err); ok {
		p := newProblem(bad.Status, bad.Code, bad.Msg)
		p.retryAfter = bad.RetryAfter
		if bad.Field != "" {
			p.Faults = []fieldError{{Field: bad.Field, Code: bad.Code, Detail: bad.Msg}}
		}
		return p
	}
	if long, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(long.Limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return newProblem(http.StatusRequestTimeout, codeRequestTimeout, "no data arrived for too long; send the body again to continue")
	}
	return directoryProblem(err)
}

func directoryProblem(err error) *problem {
	failure, ok := errors.AsType[*fault.Error](err)
	status, code := statusAndCode(fault.KindOf(err))
	if fault.Has(err, "version", fault.Changed) {
		status, code = http.StatusPreconditionFailed, "changed"
	}
	if fault.Has(err, "second_factor", fault.Required) {
		code = codeSecondFactor
	}
	p := newProblem(status, code, "")
	if ok {
		if failure.Msg == "" && len(failure.Fields) > 0 {
			failure = &fault.Error{Fields: failure.Fields, RetryAfter: failure.RetryAfter, Msg: failure.Fields[0].String()}
		}
		p.Detail, p.Faults, p.retryAfter = failure.Msg, fieldErrors(failure.Fields), failure.RetryAfter
		if len(p.Faults) == 1 {
			p.Faults[0].Detail = failure.Msg // more specific than the text for the code
		}
	} else if status == http.StatusServiceUnavailable {
		p.Detail = "the request was interrupted; send it again" // an error of its context
	}
	return p
}

// renameFields replaces the field names of the directory in err by the names of the members of the body.
func renameFields(err error, members map[string]string) error {
	failure, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	renamed := *failure
	renamed.Fields = slices.Clone(failure.Fields)
	for i, f := range renamed.Fields {
		renamed.Fields[i].Name = cmp.Or(members[f.Name], f.Name)
	}
	return &renamed
}

func fieldErrors(faults []fault.Field) []fieldError {
	var all []fieldError
	for _, f := range faults {
		all = append(all, fieldError{Field: f.Name, Code: string(f.Code), Limit: f.Limit, Detail: f.String()})
	}
	return all
}

// writeError writes err as problem details.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	p := problemFor(err)
	if p.Status == http.StatusUnauthorized {
		w.Header()["Www-Authenticate"] = challenges(r)
	}
	writeProblem(w, p)
}

func unknownRoute(w http.ResponseWriter, _ *http.Request) {
	writeProblem(w, newProblem(http.StatusNotFound, codeNotFound, "no such path; see the documentation of the API"))
}

// wrongMethod answers methods that a path does not have. OPTIONS is one of them, and needs only the header Allow (RFC 9110,
// section 9.3.7).
func wrongMethod(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	writeProblem(w, newProblem(http.StatusMethodNotAllowed, codeMethodNotAllowed, "method not allowed for this path; see the header Allow"))
}

// writeProblem writes p, with Retry-After if p has a delay.
func writeProblem(w http.ResponseWriter, p *problem) {
	web.SetRetryAfter(w, p.retryAfter)
	w.Header().Set("Content-Type", "application/problem+json")
	if err := web.WriteJSON(w, p.Status, p); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
}
