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
type table struct {
	directory *directory.Directory
	endpoints []web.Endpoint[directory.Actor]
}

// Handle implements [huma.Adapter].
func (t *table) Handle(op *huma.Operation, answer func(huma.Context)) {
	own := op.Metadata[mine] == true
	serve := func(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
		if own {
			r.SetPathValue("id", strconv.FormatInt(int64(who.UserID()), 10))
		}
		if err := cmp.Or(checkQuery(r, op.Parameters), readCondition(r), acceptJSON(r)); err != nil {
			return err
		}
		at := &asked{who: who, request: r}
		answer(humago.NewContext(op, r.WithContext(context.WithValue(r.Context(), askedKey{}, at)), w))
		return nil
	}
	if op.Metadata[keyed] == true {
		serve = t.once(serve, op.Metadata[late] == true)
	}
	t.endpoints = append(t.endpoints, web.Endpoint[directory.Actor]{
		Method: op.Method, Path: op.Path, Needs: op.Metadata[needs].(string), First: op.Metadata[first] == true, Serve: serve,
		Class: classOf(op),
	})
}

// ServeHTTP implements [huma.Adapter]; the router serves instead.
func (t *table) ServeHTTP(w http.ResponseWriter, r *http.Request) { unknownRoute(w, r) }

// The words under which an operation keeps what OpenAPI has no word for.
const (
	needs = "needs" // the permission, of [directory.Vocabulary]
	keyed = "keyed" // takes an Idempotency-Key
	late  = "late"  // stores the answer to a keyed request after its transactions
	mine  = "mine"  // {id} is the caller's
	first = "first" // wins over routes with a wildcard in its place
	class = "class" // the admission class, as in [web.Endpoint]
)

// asked is what an operation knows beyond its input.
type asked struct {
	who     directory.Actor
	request *http.Request
}

type askedKey struct{}

func askedIn(ctx context.Context) *asked { return ctx.Value(askedKey{}).(*asked) }
