package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/model"
)

// recordedKinds returns the targets of all events in the source of the rules: the values of
// "Target: KIND" in files that record events.
func recordedKinds(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "*", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") || !strings.Contains(string(text), "operation.EventSpec{") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if kind, ok := kindIn(t, n); ok {
				kinds = append(kinds, kind)
			}
			return true
		})
	}
	return slices.Compact(slices.Sorted(slices.Values(kinds)))
}

func kindIn(t *testing.T, n ast.Node) (string, bool) {
	t.Helper()
	pair, ok := n.(*ast.KeyValueExpr)
	if !ok {
		return "", false
	}
	if key, ok := pair.Key.(*ast.Ident); !ok || key.Name != "Target" {
		return "", false
	}
	text, ok := pair.Value.(*ast.BasicLit)
	if !ok {
		t.Fatal("a target is not a literal; list the targets in another way")
	}
	kind, err := strconv.Unquote(text.Value)
	if err != nil {
		t.Fatal(err)
	}
	return kind, true
}

// documentedKinds are those in docs/events.md.
func documentedKinds(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(page), "`--target` takes one of ")
	list, _, _ = strings.Cut(list, ".\n")
	return strings.Split(strings.Trim(list, "`"), "` `")
}

func TestEveryEventTargetCanBeFiltered(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(recordedKinds(t), model.Targets()); diff != "" {
		t.Errorf("model.Targets (-recorded +known):\n%s", diff)
	}
	if diff := cmp.Diff(model.Targets(), documentedKinds(t)); diff != "" {
		t.Errorf("docs/events.md (-known +page):\n%s", diff)
	}
}
