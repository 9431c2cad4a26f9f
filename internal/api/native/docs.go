package native

import (
	"bytes"
	_ "embed" // the template, style sheet and icon of the page
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

//go:embed docs.html
var docsHTML string

//go:embed docs.css
var docsCSS []byte

//go:embed docs.svg
var docsIcon []byte

// The types of the HTML documentation: one page, generated from the same document as openapi.json, without scripts and
// without resources of other hosts.
type (
	docsSection struct {
		Name, Description, Anchor string
		Operations                []docsOperation
	}
	docsOperation struct {
		ID, Method, Path, Summary, Description, Permission string
		Parameters                                         []docsField
		Body                                               []docsField
		Response                                           []docsField
		Try                                                string // a shell command
		Statuses                                           []string
	}
	docsField struct {
		Name, In, Type, Description, Example string
		Required                             bool
	}
)

// render returns the HTML page. It panics if the template is invalid, which a test would detect.
func render(doc *huma.OpenAPI) []byte {
	page := template.Must(template.New("docs").Parse(docsHTML))
	var b bytes.Buffer
	err := page.Execute(&b, struct {
		Rules    []string
		Sections []docsSection
	}{strings.Split(generalRules, "\n\n"), docsSections(doc)})
	if err != nil {
		panic("native: the documentation cannot be written: " + err.Error())
	}
	return b.Bytes()
}

func docsSections(doc *huma.OpenAPI) []docsSection {
	var all []docsSection
	for _, tag := range doc.Tags {
		c := docsSection{Name: tag.Name, Description: tag.Description, Anchor: strings.ReplaceAll(tag.Name, " ", "-")}
		for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
			for _, op := range operationsOf(doc.Paths[path]) {
				if slices.Contains(op.Tags, tag.Name) {
					c.Operations = append(c.Operations, newDocsOperation(doc, op))
				}
			}
		}
		all = append(all, c)
	}
	return all
}

func operationsOf(at *huma.PathItem) []*huma.Operation {
	all := []*huma.Operation{at.Get, at.Post, at.Put, at.Patch, at.Delete}
	return slices.DeleteFunc(all, func(op *huma.Operation) bool { return op == nil })
}

func newDocsOperation(doc *huma.OpenAPI, op *huma.Operation) docsOperation {
	e := docsOperation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description}
	e.Permission, _ = op.Metadata[metaPermission].(string)
	for _, p := range op.Parameters {
		f := docsField{Name: p.Name, In: p.In, Description: p.Description, Required: p.Required}
		f.Type, f.Example = typeOf(p.Schema), exampleOf(p.Schema)
		e.Parameters = append(e.Parameters, f)
	}
	if op.RequestBody != nil {
		e.Body = docsFields(doc, op.RequestBody.Content)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		e.Statuses = append(e.Statuses, status)
		if status[0] == '2' {
			e.Response = docsFields(doc, op.Responses[status].Content)
		}
	}
	e.Try = curlCommand(doc, op)
	return e
}

// docsFields lists the members of a JSON body.
func docsFields(doc *huma.OpenAPI, content map[string]*huma.MediaType) []docsField {
	media := content["application/json"]
	if media == nil {
		return nil
	}
	s := resolveSchema(doc, media.Schema)
	var fields []docsField
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		fields = append(fields, docsField{
			Name: name, Type: typeOf(p), Description: p.Description, Example: exampleOf(p), Required: slices.Contains(s.Required, name),
		})
	}
	return fields
}

func resolveSchema(doc *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	if s.Ref != "" {
		return doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

func typeOf(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
	case len(s.Enum) > 0:
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(s.Enum), " ", " | "), "[]")
	case s.Items != nil:
		return "list of " + typeOf(s.Items)
	case s.Format != "" && s.Format != "int64":
		return s.Format
	}
	return s.Type
}

func exampleOf(s *huma.Schema) string {
	if s == nil || len(s.Examples) == 0 {
		return ""
	}
	text, err := json.Marshal(s.Examples[0])
	if err != nil {
		return ""
	}
	return string(text)
}

// curlCommand returns the example call of an operation as a shell command.
func curlCommand(doc *huma.OpenAPI, op *huma.Operation) string {
	line := "curl"
	if op.Method != http.MethodGet {
		line += " -X " + op.Method
	}
	if op.Metadata[metaPermission] != string(model.Public) {
		line += ` -H "Authorization: Bearer $TOKEN"`
	}
	if body := exampleBody(doc, op); body != "" {
		line += " \\\n  --json '" + body + "'"
	}
	return line + " \\\n  \"$ROSTER" + exampleURL(op) + `"`
}

// exampleURL returns the path with the examples of its parameters and of the required query parameters.
func exampleURL(op *huma.Operation) string {
	path := op.Path
	for _, p := range op.Parameters {
		if p.In == "path" {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", strings.Trim(exampleOf(p.Schema), `"`))
		}
	}
	return path + requiredQuery(op)
}

// requiredQuery returns a query with the examples of the required parameters.
func requiredQuery(op *huma.Operation) string {
	values := url.Values{}
	for _, p := range op.Parameters {
		if p.In == "query" && p.Required {
			values.Set(p.Name, strings.Trim(exampleOf(p.Schema), `"`))
		}
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// exampleBody returns a JSON body with the examples of its members.
func exampleBody(doc *huma.OpenAPI, op *huma.Operation) string {
	if op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
		return ""
	}
	s := resolveSchema(doc, op.RequestBody.Content["application/json"].Schema)
	members := map[string]any{}
	for name, p := range s.Properties {
		if len(p.Examples) > 0 {
			members[name] = p.Examples[0]
		}
	}
	text, err := json.Marshal(members)
	if err != nil {
		return ""
	}
	return string(text)
}

func (a api) showDocs(w http.ResponseWriter, _ *http.Request, _ model.Actor) error {
	web.SetPagePolicy(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err := w.Write(a.docs())
	return err
}

func (a api) showStyle(w http.ResponseWriter, _ *http.Request, _ model.Actor) error {
	return writeAsset(w, "text/css; charset=utf-8", docsCSS)
}

func (a api) showIcon(w http.ResponseWriter, _ *http.Request, _ model.Actor) error {
	return writeAsset(w, "image/svg+xml", docsIcon)
}

// writeAsset writes an embedded file.
func writeAsset(w http.ResponseWriter, kind string, text []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, err := w.Write(text)
	return err
}
