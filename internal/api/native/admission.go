package native

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/web"
)

// expensive puts every request of an operation into the class of expensive reads.
func expensive() func(*http.Request) admission.Class {
	return web.Always(admission.ExpensiveReads)
}

// expensiveWith does so for requests with one of these parameters. Pages without
// search, filter, order and total come from memory or along one index.
func expensiveWith(parameters ...string) func(*http.Request) admission.Class {
	return web.WithQuery(admission.ExpensiveReads, parameters...)
}

// classOf returns the class that an operation declares; nil for ordinary ones.
func classOf(op *huma.Operation) func(*http.Request) admission.Class {
	declared, _ := op.Metadata[metaClass].(func(*http.Request) admission.Class)
	return declared
}
