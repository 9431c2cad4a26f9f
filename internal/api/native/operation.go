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
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// An operation is one row of the API: what the description says of it, and who
// may ask.
type operation struct {
	id          string // the name that generated clients give it: "listUsers"
	method      string
	path        string // below /api/v1
	permission  directory.Permission
	tag         string
	summary     string
	description string                              // more than the summary can say; may be empty
	status      int                                 // of success; zero is 200
	keyed       bool                                // takes an Idempotency-Key
	storeLater  bool                                // keyed, and stores its answer after its transactions
	first       bool                                // wins over a wildcard in its place
	self        bool                                // the caller's id stands in for {id} of the path
	class       func(*http.Request) admission.Class // nil for ordinary operations
}

// base is where the API stands.
const basePath = "/api/v1"

// refusals are those that every operation may answer with.
func commonErrors() []int {
	return []int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusTooManyRequests, http.StatusServiceUnavailable,
	}
}

// add hangs an operation. do gives its answer, or an error of the directory.
func add[I, O any](h huma.API, o operation, do func(ctx context.Context, who directory.Actor, in *I) (*O, error)) {
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

// addKeyed adds an operation of one transaction that takes an Idempotency-Key: the
// answer, which shape makes of the result, is stored in that transaction.
func addKeyed[I, R, O any](h huma.API, o operation, do func(ctx context.Context, who directory.Actor, in *I) (R, error), shape func(R) *O) {
	o.keyed = true
	add(h, o, func(ctx context.Context, who directory.Actor, in *I) (*O, error) {
		r, err := do(ctx, who.WithResponseEncoder(func(result any) ([]byte, error) {
			r, is := result.(R)
			if !is {
				return nil, fmt.Errorf("operation %s stores an answer of %T", o.id, result)
			}
			return encodeResponse(o, shape(r))
		}), in)
		if err != nil {
			return nil, err
		}
		return shape(r), nil
	})
}

// takesCondition reports whether an input has the If-Match of [OnCondition].
func takesCondition[I any]() bool {
	in := reflect.TypeFor[I]()
	if in.Kind() != reflect.Struct {
		return false
	}
	_, takes := in.FieldByName("IfMatch")
	return takes
}

// unconditional reports whether a request wants any version.
func hasNoCondition(r *http.Request) bool {
	asked := r.Header.Values("If-Match")
	return len(asked) == 0 || len(asked) == 1 && asked[0] == "*"
}

// readCondition rejects an If-Match that is not one, and puts several lines of it
// into one, as huma reads the first alone. A condition of a request that only
// reads is left alone.
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

// errUnbound refuses a condition that nobody looks at: who sends one relies on it
// (RFC 9110, 13.1.1).
func errConditionUnsupported() error {
	return &web.Error{Status: http.StatusBadRequest, Code: web.Invalid, Field: "If-Match",
		Msg: "this cannot be bound to a version; leave the header out"}
}

// unname takes the id of the person out of the description of a path that has none.
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
	if o.permission != directory.Public {
		op.Security = []map[string][]string{{"bearer": {}}}
		op.Extensions = map[string]any{"x-permission": string(o.permission)}
	}
	if o.method != http.MethodGet {
		op.Errors = append(op.Errors, http.StatusConflict, http.StatusGone, http.StatusPreconditionFailed,
			http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusRequestTimeout)
	}
	return op
}

// answer is a body alone.
type body[T any] struct{ Body T }

func bodyOf[T any](v T) *body[T] { return &body[T]{v} }

// nothing is an answer without a body.
type noContent struct{}

// tagged is a body with the version that it is of.
type versioned[T any] struct {
	ETag string `header:"ETag" doc:"The version of the object. Send it as If-Match to change only this version."`
	Body T
}

// made answers a creation.
type created[T any] struct {
	Location string `header:"Location" doc:"The path of the new object."`
	ETag     string `header:"ETag" doc:"The version of the object, if it has versions."`
	Body     T
}

// Keyed is part of the input of operations that take an Idempotency-Key.
type Keyed struct {
	Key string `header:"Idempotency-Key" maxLength:"255" doc:"A text of your choice, such as a UUID. For 24 hours the same request with the same key is executed once and answered as before." example:"4c1f0a52-3b5c-4f7e-9a3c-0c6b2f0d9e10"`
}
