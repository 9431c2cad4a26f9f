package native

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// addRaw registers an operation that reads and writes HTTP itself, because its body or its answer is a stream.
func addRaw(h huma.API, t *routeTable, op huma.Operation, serve func(http.ResponseWriter, *http.Request, model.Actor) error) {
	h.OpenAPI().AddOperation(&op)
	t.endpoints = append(t.endpoints, web.Endpoint[model.Actor]{
		Method: op.Method, Path: op.Path, Needs: op.Metadata[metaPermission].(string), First: op.Metadata[metaFirst] == true,
		Class: classOf(&op),
		Serve: func(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
			if err := checkQuery(r, op.Parameters); err != nil {
				return err
			}
			return serve(w, r, actor)
		},
	})
}

// addFileOperations registers the import and the export of users.
func (a api) addFileOperations(h huma.API, t *routeTable) {
	addRaw(h, t, importOperation(h), a.importUsers)
	addRaw(h, t, exportOperation(h), a.exportUsers)
}

func importOperation(h huma.API) huma.Operation {
	o := operation{
		id: "importUsers", method: "POST", path: "/users/import", permission: model.UsersManage, tag: "bulk",
		summary:     "Import users from a file",
		description: "Processes the file while it arrives. The answer has one line for each batch and for each rejected line. See docs/import.md.",
	}
	op := o.describe()
	op.Parameters = []*huma.Param{
		queryParameter("name", "The name of the import, for resuming it. Required except for a dry run.", &huma.Schema{Type: huma.TypeString, MinLength: pointerTo(1), MaxLength: pointerTo(importer.MaxName)}),
		queryParameter("dry_run", "Check everything and write nothing.", &huma.Schema{Type: huma.TypeBoolean}),
	}
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"text/csv": file, "application/jsonl": file, "application/x-ndjson": file,
	}}
	return withResponses(h, op, "The report, one JSON object on each line.", "application/jsonl")
}

func exportOperation(h huma.API) huma.Operation {
	o := operation{
		id: "exportUsers", method: "GET", path: "/users/export", permission: model.UsersManage, tag: "bulk",
		class:   expensive(),
		summary: "Export users to a file",
		description: "The users are sorted by id. The file contains no secrets. A session needs a recent authentication. An answer whose connection was closed early is incomplete. See " +
			"docs/import.md.",
	}
	op := o.describe()
	op.Parameters = []*huma.Param{queryParameter("format", "The format of the file.", &huma.Schema{Type: huma.TypeString, Enum: []any{"jsonl", "csv"}})}
	return withResponses(h, op, "One line for each user.", "application/jsonl", "text/csv")
}

func queryParameter(name, about string, s *huma.Schema) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: about, Schema: s}
}

func pointerTo[T any](v T) *T { return &v }

// withResponses adds to op the description of its answers: text of the given media types, or a problem.
func withResponses(h huma.API, op huma.Operation, about string, types ...string) huma.Operation {
	good := &huma.Response{Description: about, Content: map[string]*huma.MediaType{}}
	for _, t := range types {
		good.Content[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	}
	bad := &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{
		problemType: {Schema: h.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[problem](), true, "")},
	}}
	op.Responses = map[string]*huma.Response{"200": good, "default": bad}
	return op
}
