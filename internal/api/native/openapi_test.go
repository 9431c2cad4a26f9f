package native_test

import (
	"bytes"
	"flag"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/api/native"
)

var update = flag.Bool("update", false, "write docs/openapi.json")

// description returns the description as the server sends it.
func (h *testServer) description() []byte {
	h.t.Helper()
	answer, err := http.Get(h.url + "/api/v1/openapi.json")
	h.must(err)
	text, err := io.ReadAll(answer.Body)
	h.must(err)
	h.must(answer.Body.Close())
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || kind != "application/openapi+json" {
		h.t.Fatalf("got %d %q", answer.StatusCode, kind)
	}
	return text
}

func TestOpenAPIDocumentIsCurrent(t *testing.T) {
	t.Parallel()
	const path = "../../../docs/openapi.json"
	served := newTestServer(t, native.Config{}).description()
	if *update {
		if err := os.WriteFile(path, served, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, served) {
		t.Errorf("run go test ./internal/api/native -update (-kept +served):\n%s", cmp.Diff(string(kept), string(served)))
	}
	if again := newTestServer(t, native.Config{}).description(); !bytes.Equal(served, again) {
		t.Errorf("two servers have different descriptions:\n%s", cmp.Diff(string(served), string(again)))
	}
}

func TestDescriptionIsValidOpenAPI(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	doc, err := openapi3.NewLoader().LoadFromData(h.description())
	h.must(err)
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("the version of OpenAPI is %s", doc.OpenAPI)
	}
	h.must(doc.Validate(t.Context()))
}

func TestEveryMemberOfAUserCanBeSelected(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	doc, err := openapi3.NewLoader().LoadFromData(h.description())
	h.must(err)
	members := slices.Sorted(maps.Keys(doc.Components.Schemas["User"].Value.Properties))
	choice := doc.Paths.Find("/api/v1/users").Get.Parameters.GetByInAndName("query", "fields").Schema.Value.Items.Value.Enum
	var offered []string
	for _, name := range choice {
		offered = append(offered, name.(string))
	}
	slices.Sort(offered)
	if diff := cmp.Diff(members, offered); diff != "" {
		t.Errorf("(-members +offered):\n%s", diff)
	}
}
