package native

import (
	"slices"
	"strings"

	"roster.example/roster/internal/fault"
)

// KindOf is the status and the code of a kind.
func StatusAndCode(kind fault.Kind) (int, string) { return statusAndCode(kind) }

// A Request is what the documentation shows of an operation, to try it.
type DocumentedRequest struct {
	Operation, Method, Path string // as described
	URL                     string // the path with its examples
	Body                    string // of JSON; may be empty
}

// Requests are those of all operations, by path.
func DocumentedRequests() []DocumentedRequest {
	a := api{}
	doc := a.register(&routeTable{})
	var all []DocumentedRequest
	for path, at := range doc.Paths {
		for _, op := range operationsOf(at) {
			all = append(all, DocumentedRequest{op.OperationID, op.Method, path, exampleURL(op), exampleBody(doc, op)})
		}
	}
	slices.SortFunc(all, func(a, b DocumentedRequest) int { return strings.Compare(a.Operation, b.Operation) })
	return all
}
