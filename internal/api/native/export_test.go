package native

import (
	"slices"
	"strings"

	"roster.example/roster/internal/directory"
)

// KindOf is the status and the code of a kind.
func KindOf(kind directory.Kind) (int, string) { return kindOf(kind) }

// A Request is what the documentation shows of an operation, to try it.
type Request struct {
	Operation, Method, Path string // as described
	Address                 string // the path with its examples
	Body                    string // of JSON; may be empty
}

// Requests are those of all operations, by path.
func Requests() []Request {
	a := api{}
	doc := a.operations(&table{})
	var all []Request
	for path, at := range doc.Paths {
		for _, op := range operationsAt(at) {
			all = append(all, Request{op.OperationID, op.Method, path, address(op), sample(doc, op)})
		}
	}
	slices.SortFunc(all, func(a, b Request) int { return strings.Compare(a.Operation, b.Operation) })
	return all
}
