package native

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// raw hangs an operation that speaks HTTP itself, because its body or its answer
// has no end that could be waited for.
func addRaw(h huma.API, t *routeTable, op huma.Operation, serve func(http.ResponseWriter, *http.Request, directory.Actor) error) {
	h.OpenAPI().AddOperation(&op)
	t.endpoints = append(t.endpoints, web.Endpoint[directory.Actor]{
		Method: op.Method, Path: op.Path, Needs: op.Metadata[metaPermission].(string), First: op.Metadata[metaFirst] == true,
		Class: classOf(&op),
		Serve: func(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
			if err := checkQuery(r, op.Parameters); err != nil {
				return err
			}
			return serve(w, r, who)
		},
	})
}

// streams hangs the operations on people in bulk, as streams.
func (a api) addFileOperations(h huma.API, t *routeTable) {
	addRaw(h, t, importOperation(h), a.importUsers)
	addRaw(h, t, exportOperation(h), a.exportUsers)
}

func importOperation(h huma.API) huma.Operation {
	o := operation{
		id: "importUsers", method: "POST", path: "/users/import", permission: directory.UsersManage, tag: "bulk", summary: "Make people from a file",
		description: "Reads the file while it arrives, and answers a line for each batch and for each line that was refused. See docs/import.md.",
	}
	op := o.describe()
	op.Parameters = []*huma.Param{
		queryParameter("name", "By which the import is resumed; needed but for a dry run.", &huma.Schema{Type: huma.TypeString, MinLength: pointerTo(1), MaxLength: pointerTo(255)}),
		queryParameter("dry_run", "Check everything, write nothing.", &huma.Schema{Type: huma.TypeBoolean}),
	}
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"text/csv": file, "application/jsonl": file, "application/x-ndjson": file,
	}}
	return withResponses(h, op, "What became of it, a line for each thing to tell.", "application/jsonl")
}

func exportOperation(h huma.API) huma.Operation {
	o := operation{
		id: "exportUsers", method: "GET", path: "/users/export", permission: directory.UsersManage, tag: "bulk", summary: "Write all people to a file",
		class:       expensive(),
		description: "By id, without any secret. An answer that breaks off is not whole. See docs/import.md.",
	}
	op := o.describe()
	op.Parameters = []*huma.Param{queryParameter("format", "The form of the file.", &huma.Schema{Type: huma.TypeString, Enum: []any{"jsonl", "csv"}})}
	return withResponses(h, op, "A line for each person.", "application/jsonl", "text/csv")
}

func queryParameter(name, about string, s *huma.Schema) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: about, Schema: s}
}

func pointerTo[T any](v T) *T { return &v }

// answered describes the answers of op: text of these types, and problems.
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
