package native

import (
	"cmp"
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// table gathers the operations that huma is told of as rows of a [web.Router],
// so that they are found, admitted and listed as the routes of every other API.
type routeTable struct {
	directory *directory.Directory
	endpoints []web.Endpoint[directory.Actor]
}

// Handle implements [huma.Adapter].
func (t *routeTable) Handle(op *huma.Operation, answer func(huma.Context)) {
	own := op.Metadata[metaSelf] == true
	serve := func(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
		if own {
			r.SetPathValue("id", strconv.FormatInt(int64(who.UserID()), 10))
		}
		if err := cmp.Or(checkQuery(r, op.Parameters), normalizeCondition(r), acceptJSONForm(r)); err != nil {
			return err
		}
		at := &requestContext{actor: who, request: r}
		answer(humago.NewContext(op, r.WithContext(context.WithValue(r.Context(), requestContextKey{}, at)), w))
		return nil
	}
	if op.Metadata[metaKeyed] == true {
		serve = t.withIdempotencyKey(serve, op.Metadata[metaStoreLater] == true)
	}
	t.endpoints = append(t.endpoints, web.Endpoint[directory.Actor]{
		Method: op.Method, Path: op.Path, Needs: op.Metadata[metaPermission].(string), First: op.Metadata[metaFirst] == true, Serve: serve,
		Class: classOf(op),
	})
}

// ServeHTTP implements [huma.Adapter]; the router serves instead.
func (t *routeTable) ServeHTTP(w http.ResponseWriter, r *http.Request) { unknownRoute(w, r) }

// The words under which an operation keeps what OpenAPI has no word for.
const (
	metaPermission = "needs" // the permission, of [directory.Vocabulary]
	metaKeyed      = "keyed" // takes an Idempotency-Key
	metaStoreLater = "late"  // stores the answer to a keyed request after its transactions
	metaSelf       = "mine"  // {id} is the caller's
	metaFirst      = "first" // wins over routes with a wildcard in its place
	metaClass      = "class" // the admission class, as in [web.Endpoint]
)

// asked is what an operation knows beyond its input.
type requestContext struct {
	actor   directory.Actor
	request *http.Request
}

type requestContextKey struct{}

func requestContextFrom(ctx context.Context) *requestContext {
	return ctx.Value(requestContextKey{}).(*requestContext)
}
