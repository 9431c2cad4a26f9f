package native

import (
	"encoding/json"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
)

// Every example of a body is one that the operation takes, as far as its schema
// says; e2e sends them to a server.
func TestEveryExampleOfABodyFitsItsSchema(t *testing.T) {
	t.Parallel()
	h := huma.NewAPI(described(), &table{})
	a := api{directory: &directory.Directory{}}
	a.users(h)
	a.me(h)
	a.organizations(h)
	a.roles(h)
	a.projects(h)
	for _, p := range places() {
		a.addresses(h, p)
		a.sshKeys(h, p)
		a.tokens(h, p)
	}
	checked := 0
	for path, at := range h.OpenAPI().Paths {
		for _, op := range operationsAt(at) {
			text := sample(h.OpenAPI(), op)
			if text == "" {
				continue
			}
			var value any
			if err := json.Unmarshal([]byte(text), &value); err != nil {
				t.Fatal(err)
			}
			result := &huma.ValidateResult{}
			schemas := h.OpenAPI().Components.Schemas
			huma.Validate(schemas, op.RequestBody.Content["application/json"].Schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, value, result)
			if len(result.Errors) > 0 {
				t.Errorf("%s %s: %s is refused: %v", op.Method, path, text, result.Errors)
			}
			checked++
		}
	}
	if checked < 15 {
		t.Errorf("only %d examples were found", checked)
	}
}
