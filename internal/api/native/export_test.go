package native

import (
	"slices"
	"strings"

	"roster.example/roster/internal/fault"
)

// StatusAndCode returns the status and the code of a kind.
func StatusAndCode(kind fault.Kind) (int, string) { return statusAndCode(kind) }

// DocumentedRequest is the example of an operation in the documentation.
type DocumentedRequest struct {
	Operation, Method, Path string // as described
	URL                     string // the path with its examples
	Body                    string // of JSON; may be empty
}

// DocumentedRequests returns the examples of all operations, ordered by id.
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
