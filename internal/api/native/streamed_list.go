package native

import (
	"context"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// addRows adds a batch of items to a streamed list.
type addRows[T any] func([]T) error

// addStreamed registers an operation that returns a complete list of any length. The list is streamed: do reads it in
// batches, and memory holds one batch.
func addStreamed[I, T any](h huma.API, o operation, do func(context.Context, model.Actor, *I, addRows[T]) error) {
	op := o.describe()
	huma.Register(h, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		at := requestContextFrom(ctx)
		if o.method != http.MethodGet && !hasNoCondition(at.request) {
			err := errConditionUnsupported()
			web.SetError(at.request, err)
			return nil, problemFor(err)
		}
		return &huma.StreamResponse{Body: func(c huma.Context) {
			r, w := humago.Unwrap(c)
			if err := streamList(w, r, func(ctx context.Context, add addRows[T]) error { return do(ctx, at.actor, in, add) }); err != nil {
				web.SetError(at.request, err)
				writeError(w, r, err)
			}
		}}, nil
	})
	described := h.OpenAPI().Paths[op.Path]
	for _, known := range []*huma.Operation{described.Get, described.Put} {
		if known != nil && known.OperationID == o.id {
			schema := h.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[list[T]](), true, "")
			known.Responses["200"].Content = map[string]*huma.MediaType{"application/json": {Schema: schema}}
		}
	}
}

// streamList writes the items that read adds, in the form of [list].
func streamList[T any](w http.ResponseWriter, r *http.Request, read func(context.Context, addRows[T]) error) error {
	out, total := web.NewStream(w, r, "application/json"), 0
	err := out.Add(func(text web.JSON) web.JSON { return text.Open('{').Name("items").Open('[') })
	if err == nil {
		err = read(out.Context(), func(batch []T) error {
			total += len(batch)
			return web.AddRows(out, batch, func(item T) any { return item })
		})
	}
	if err == nil {
		err = out.Add(func(text web.JSON) web.JSON {
			return append(text.Close(']').Name("total"), strconv.Itoa(total)+"}\n"...)
		})
	}
	return out.Finish(err)
}
