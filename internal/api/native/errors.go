package native

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"os"
	"slices"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// The codes that stand for no [directory.Kind].
const (
	notFoundHere     = "not_found"
	methodNotAllowed = "method_not_allowed"
	requestTimeout   = "request_timeout"
)

// kindOf finds status and code of a kind.
func kindOf(kind directory.Kind) (status int, code string) {
	switch kind {
	case directory.Invalid:
		return http.StatusBadRequest, "invalid"
	case directory.Unauthenticated:
		return http.StatusUnauthorized, "unauthenticated"
	case directory.Forbidden:
		return http.StatusForbidden, "forbidden"
	case directory.NotFound:
		return http.StatusNotFound, notFoundHere
	case directory.Conflict:
		return http.StatusConflict, "conflict"
	case directory.Expired:
		return http.StatusGone, "expired"
	case directory.Limited:
		return http.StatusTooManyRequests, "limited"
	case directory.Unavailable:
		return http.StatusServiceUnavailable, "unavailable"
	}
	return http.StatusInternalServerError, "internal"
}

func newProblem(status int, code, detail string) *problem {
	return &problem{Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// explain translates err.
func explain(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if bad, ok := errors.AsType[*web.Error](err); ok {
		p := newProblem(bad.Status, bad.Code, bad.Msg)
		p.retryAfter = bad.RetryAfter
		if bad.Field != "" {
			p.Faults = []faultDetail{{Field: bad.Field, Code: bad.Code, Detail: bad.Msg}}
		}
		return p
	}
	if long, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(long.Limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return newProblem(http.StatusRequestTimeout, requestTimeout, "the body stood still for too long; send it again to go on")
	}
	return ofDirectory(err)
}

func ofDirectory(err error) *problem {
	said, ok := errors.AsType[*directory.Error](err)
	if !ok && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return newProblem(http.StatusServiceUnavailable, "unavailable", "the request was cut off; send it again to go on")
	}
	status, code := kindOf(directory.KindOf(err))
	if directory.FaultIn(err, "version", directory.Changed) {
		status, code = http.StatusPreconditionFailed, "changed"
	}
	p := newProblem(status, code, "")
	if ok {
		if said.Msg == "" && len(said.Faults) > 0 {
			said = &directory.Error{Faults: said.Faults, RetryAfter: said.RetryAfter, Msg: said.Faults[0].String()}
		}
		p.Detail, p.Faults, p.retryAfter = said.Msg, faultDetails(said.Faults), said.RetryAfter
		if len(p.Faults) == 1 {
			p.Faults[0].Detail = said.Msg // which says more than the code alone
		}
	}
	return p
}

// asSent names faults after the members of the body, where the directory has other
// words for them.
func asSent(err error, members map[string]string) error {
	said, ok := errors.AsType[*directory.Error](err)
	if !ok {
		return err
	}
	named := *said
	named.Faults = slices.Clone(said.Faults)
	for i, f := range named.Faults {
		named.Faults[i].Field = cmp.Or(members[f.Field], f.Field)
	}
	return &named
}

func faultDetails(faults []directory.Fault) []faultDetail {
	var all []faultDetail
	for _, f := range faults {
		all = append(all, faultDetail{Field: f.Field, Code: string(f.Code), Limit: f.Limit, Detail: f.String()})
	}
	return all
}

// fail answers every error.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	p := explain(err)
	if p.Status == http.StatusUnauthorized {
		w.Header()["Www-Authenticate"] = challenge(r)
	}
	answer(w, p)
}

func unknownRoute(w http.ResponseWriter, _ *http.Request) {
	answer(w, newProblem(http.StatusNotFound, notFoundHere, "there is nothing at this path; see the documentation of the API"))
}

// wrongMethod also answers OPTIONS, which no path has of its own: the header Allow
// is all that it asks for (RFC 9110, section 9.3.7).
func wrongMethod(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(w, newProblem(http.StatusMethodNotAllowed, methodNotAllowed, "this path has another method; see the header Allow"))
}

// answer says p, and when to come again.
func answer(w http.ResponseWriter, p *problem) {
	web.SetRetryAfter(w, p.retryAfter)
	w.Header().Set("Content-Type", "application/problem+json")
	if err := web.WriteJSON(w, p.Status, p); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
}
