package native

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/web"
)

// problem is an error as problem details (RFC 9457). Code is stable and meant for programs; Detail is meant for users.
type problem struct {
	Title  string       `json:"title" doc:"The status in words." example:"Not Found"`
	Status int          `json:"status" doc:"The HTTP status." example:"404"`
	Code   string       `json:"code" doc:"Stable, machine-readable error code." example:"not_found"`
	Detail string       `json:"detail,omitempty" doc:"What went wrong and what to do next." example:"user not found"`
	Faults []fieldError `json:"errors,omitempty" doc:"All invalid members of the input."`

	retryAfter time.Duration
}

// fieldError is an error about one member of the input.
type fieldError struct {
	Field  string `json:"field" doc:"The name of the member, parameter or header." example:"email"`
	Code   string `json:"code" doc:"Stable, machine-readable code of the error." example:"taken"`
	Limit  int    `json:"limit,omitempty" doc:"The limit, if the code is about a limit." example:"255"`
	Detail string `json:"detail" doc:"What is wrong, in words." example:"email is taken"`
}

// Error implements [huma.StatusError].
func (p *problem) Error() string { return p.Detail }

// GetStatus implements [huma.StatusError].
func (p *problem) GetStatus() int { return p.Status }

// ContentType implements [huma.ContentTypeFilter].
func (p *problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// GetHeaders implements [huma.HeadersError].
func (p *problem) GetHeaders() http.Header {
	if p.retryAfter <= 0 {
		return nil
	}
	seconds := int64((p.retryAfter + time.Second - 1) / time.Second)
	return http.Header{"Retry-After": {strconv.FormatInt(seconds, 10)}}
}

// huma reads the type of errors from global variables, and has no other setting for it. Lists are never null in this API.
func init() {
	huma.DefaultArrayNullable, huma.ValidateStrictCasing = false, true
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return newRequestProblem(status, msg, errs)
	}
}

// newRequestProblem translates the errors that huma finds before an operation begins. Its status 422 for values that
// violate the schema becomes 400, as for errors of the directory.
func newRequestProblem(status int, msg string, errs []error) *problem {
	code := "invalid"
	switch status {
	case http.StatusUnprocessableEntity:
		status = http.StatusBadRequest
	case http.StatusUnsupportedMediaType:
		code, msg = "unsupported_media_type", "send the body as application/json"
	case http.StatusRequestEntityTooLarge:
		code, msg = web.TooLarge, "the body is too large; split it"
	case http.StatusRequestTimeout:
		code, msg = codeRequestTimeout, "no data arrived for too long; send the body again"
	case http.StatusInternalServerError:
		if bad, ok := errors.AsType[*web.Error](errors.Join(errs...)); ok {
			return problemFor(bad) // the limit of this operation
		}
		if long, ok := errors.AsType[*http.MaxBytesError](errors.Join(errs...)); ok {
			return tooLarge(long.Limit) // the limit of the server
		}
		status, msg = http.StatusBadRequest, "the body could not be read completely"
	case http.StatusNotAcceptable:
		code = "not_acceptable"
	}
	p := newProblem(status, code, msg)
	if code != "invalid" {
		return p
	}
	for _, err := range errs {
		if detailer, ok := err.(huma.ErrorDetailer); ok {
			p.Faults = append(p.Faults, newFieldError(detailer.ErrorDetail()))
		}
	}
	if len(p.Faults) > 0 {
		p.Detail = p.Faults[0].Detail
	}
	return p
}

// newFieldError translates the error about one value. It does not repeat the value, which may be a secret.
func newFieldError(e *huma.ErrorDetail) fieldError {
	_, field, _ := strings.Cut(e.Location, ".")
	f := fieldError{Field: field, Code: "malformed", Detail: e.Message}
	if field == "" {
		f.Field = e.Location
	}
	if member, ok := valueErrorMember(e.Message); ok {
		f.Field = member
	}
	switch name, required := strings.CutPrefix(e.Message, "expected required property "); {
	case required:
		name, _, _ = strings.Cut(name, " ")
		f.Field, f.Code = strings.TrimPrefix(f.Field+"."+name, "body."), "blank"
	case strings.HasPrefix(e.Message, "required "):
		f.Code = "blank"
	case strings.HasPrefix(e.Message, "unexpected property"), strings.HasPrefix(e.Message, "unknown query"):
		f.Code = "unknown"
	case strings.HasPrefix(e.Message, "invalid date/time"):
		f.Detail = "expected a time such as 2026-01-02T15:04:05Z (RFC 3339)"
	case strings.HasPrefix(e.Message, "expected length <="):
		f.Code = "too_long"
	case strings.HasPrefix(e.Message, "expected length >="):
		f.Code = "too_short"
	}
	if f.Field != "" && !strings.Contains(f.Detail, f.Field) {
		f.Detail = f.Field + ": " + f.Detail
	}
	return f
}
