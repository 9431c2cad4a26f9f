package native

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/web"
)

// expensive assigns all requests of an operation to the class of expensive reads.
func expensive() func(*http.Request) admission.Class {
	return web.Always(admission.ExpensiveReads)
}

// expensiveWith assigns requests with one of the parameters to the class of expensive reads. Pages without search, filter,
// order and total are read from the cache or along one index.
func expensiveWith(parameters ...string) func(*http.Request) admission.Class {
	return web.WithQuery(admission.ExpensiveReads, parameters...)
}

// classOf returns the class that an operation declares, or nil for ordinary operations.
func classOf(op *huma.Operation) func(*http.Request) admission.Class {
	declared, _ := op.Metadata[metaClass].(func(*http.Request) admission.Class)
	return declared
}
