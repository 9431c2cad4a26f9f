package native

import (
	"cmp"
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// routeTable is the [huma.Adapter] that collects the operations as endpoints of a [web.Router], which routes and
// authenticates them like those of the other APIs.
type routeTable struct {
	directory *directory.Directory
	endpoints []web.Endpoint[model.Actor]
}

// Handle implements [huma.Adapter].
func (t *routeTable) Handle(op *huma.Operation, answer func(huma.Context)) {
	own := op.Metadata[metaSelf] == true
	serve := func(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
		if own {
			r.SetPathValue("id", strconv.FormatInt(int64(actor.UserID()), 10))
		}
		if err := cmp.Or(checkQuery(r, op.Parameters), normalizeCondition(r), normalizeContentType(r)); err != nil {
			return err
		}
		at := &requestContext{actor: actor, request: r}
		answer(humago.NewContext(op, r.WithContext(context.WithValue(r.Context(), requestContextKey{}, at)), w))
		return nil
	}
	if op.Metadata[metaKeyed] == true {
		serve = t.withIdempotencyKey(serve, op.Metadata[metaStoreLater] == true)
	}
	t.endpoints = append(t.endpoints, web.Endpoint[model.Actor]{
		Method: op.Method, Path: op.Path, Needs: op.Metadata[metaPermission].(string), First: op.Metadata[metaFirst] == true, Serve: serve,
		Class: classOf(op),
	})
}

// ServeHTTP implements [huma.Adapter]. It is never called, because the router serves the endpoints.
func (t *routeTable) ServeHTTP(w http.ResponseWriter, r *http.Request) { unknownRoute(w, r) }

// Keys of huma.Operation.Metadata, for properties that OpenAPI does not have.
const (
	metaPermission = "permission"
	metaKeyed      = "keyed"      // accepts an Idempotency-Key
	metaStoreLater = "storeLater" // stores the response after the transactions
	metaSelf       = "self"       // {id} is the id of the caller
	metaFirst      = "first"      // takes precedence over a wildcard in the same place
	metaClass      = "class"      // the admission class, as in [web.Endpoint]
)

// requestContext carries the actor and the request to an operation.
type requestContext struct {
	actor   model.Actor
	request *http.Request
}

type requestContextKey struct{}

func requestContextFrom(ctx context.Context) *requestContext {
	return ctx.Value(requestContextKey{}).(*requestContext)
}
