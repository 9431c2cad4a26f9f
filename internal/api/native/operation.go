package native

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/idempotency"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// An operation declares one operation of the API: its description and its permission.
type operation struct {
	id          string // the name of the method in generated clients: "listUsers"
	method      string
	path        string // below /api/v1
	permission  model.Permission
	tag         string
	summary     string
	description string                              // may be empty
	status      int                                 // of success; 0 means 200
	keyed       bool                                // accepts an Idempotency-Key
	storeLater  bool                                // keyed, and its response is stored after its transactions
	first       bool                                // takes precedence over a wildcard in the same place
	self        bool                                // {id} is the id of the caller
	class       func(*http.Request) admission.Class // nil for ordinary operations
}

// basePath is the prefix of all paths of the API.
const basePath = "/api/v1"

// commonErrors are the error statuses of every operation.
func commonErrors() []int {
	return []int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusTooManyRequests, http.StatusServiceUnavailable,
	}
}

// add registers an operation. do returns its output, or an error of the directory.
func add[I, O any](h huma.API, o operation, do func(ctx context.Context, actor model.Actor, in *I) (*O, error)) {
	bound := o.method == http.MethodGet || takesCondition[I]()
	huma.Register(h, o.describe(), func(ctx context.Context, in *I) (out *O, err error) {
		at := requestContextFrom(ctx)
		if bound || hasNoCondition(at.request) {
			out, err = do(ctx, at.actor, in)
		} else {
			err = errConditionUnsupported()
		}
		if err != nil {
			web.SetError(at.request, err)
			return nil, problemFor(err)
		}
		return out, nil
	})
	if o.self {
		removeIDParameter(h.OpenAPI().Paths[basePath+o.path])
	}
}

// addKeyed registers an operation of one transaction that accepts an Idempotency-Key. The response, which shape builds from
// the result, is stored in that transaction.
func addKeyed[I, R, O any](h huma.API, o operation, do func(ctx context.Context, actor model.Actor, in *I) (R, error), shape func(R) *O) {
	o.keyed = true
	add(h, o, func(ctx context.Context, actor model.Actor, in *I) (*O, error) {
		r, err := do(idempotency.WithEncoder(ctx, func(result any) ([]byte, error) {
			r, is := result.(R)
			if !is {
				return nil, fmt.Errorf("operation %s stores a response of type %T", o.id, result)
			}
			return encodeResponse(o, shape(r))
		}), actor, in)
		if err != nil {
			return nil, err
		}
		return shape(r), nil
	})
}

// takesCondition reports whether an input embeds [IfMatchHeader].
func takesCondition[I any]() bool {
	in := reflect.TypeFor[I]()
	if in.Kind() != reflect.Struct {
		return false
	}
	_, takes := in.FieldByName("IfMatch")
	return takes
}

// hasNoCondition reports whether a request accepts any version.
func hasNoCondition(r *http.Request) bool {
	values := r.Header.Values("If-Match")
	return len(values) == 0 || len(values) == 1 && values[0] == "*"
}

// normalizeCondition rejects an invalid If-Match, and joins several lines of the header, because huma reads only the first.
// It ignores the header of requests that only read.
func normalizeCondition(r *http.Request) error {
	lines := r.Header.Values("If-Match")
	if len(lines) == 0 || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	if _, err := web.ParseIfMatch(lines); err != nil {
		return err
	}
	r.Header.Set("If-Match", strings.Join(lines, ", "))
	return nil
}

// errConditionUnsupported rejects a condition at an operation without versions, because clients rely on it (RFC 9110,
// section 13.1.1).
func errConditionUnsupported() error {
	return &web.Error{Status: http.StatusBadRequest, Code: web.Invalid, Field: "If-Match",
		Msg: "this operation has no versions; omit the header"}
}

// removeIDParameter removes the parameter id from the description of a path without it.
func removeIDParameter(at *huma.PathItem) {
	for _, op := range []*huma.Operation{at.Get, at.Put, at.Post, at.Patch, at.Delete} {
		if op != nil {
			op.Parameters = slices.DeleteFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "path" && p.Name == "id" })
		}
	}
}

func (o operation) describe() huma.Operation {
	op := huma.Operation{
		OperationID: o.id, Method: o.method, Path: basePath + o.path, Tags: []string{o.tag},
		Summary: o.summary, Description: o.description, DefaultStatus: o.status,
		Metadata: map[string]any{metaPermission: string(o.permission), metaKeyed: o.keyed, metaStoreLater: o.storeLater, metaFirst: o.first, metaSelf: o.self, metaClass: o.class},
		Errors:   commonErrors(),
	}
	if o.permission != model.Public {
		op.Security = []map[string][]string{{"bearer": {}}}
		op.Extensions = map[string]any{"x-permission": string(o.permission)}
	}
	if o.method != http.MethodGet {
		op.Errors = append(op.Errors, http.StatusConflict, http.StatusGone, http.StatusPreconditionFailed,
			http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusRequestTimeout)
	}
	return op
}

// body is an output that consists of a body.
type body[T any] struct{ Body T }

func bodyOf[T any](v T) *body[T] { return &body[T]{v} }

// noContent is an output without a body.
type noContent struct{}

// versioned is a body with its version.
type versioned[T any] struct {
	ETag string `header:"ETag" doc:"The version of the object. Send it as If-Match to change only this version."`
	Body T
}

// created is the output of an operation that creates an object.
type created[T any] struct {
	Location string `header:"Location" doc:"The path of the new object."`
	ETag     string `header:"ETag" doc:"The version of the object, if it has versions."`
	Body     T
}

// Keyed is embedded in the input of operations that accept an Idempotency-Key.
type Keyed struct {
	Key string `header:"Idempotency-Key" maxLength:"255" doc:"A text of your choice, such as a UUID. For 24 hours the same request with the same key is executed once and answered as before." example:"4c1f0a52-3b5c-4f7e-9a3c-0c6b2f0d9e10"`
}
