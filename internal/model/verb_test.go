package model_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"roster.example/roster/internal/model"
)

// Events cannot be filtered by a verb that is not listed.
func TestEveryVerbIsListed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			kind, _ := spec.Type.(*ast.Ident)
			text, _ := spec.Values[0].(*ast.BasicLit)
			if kind == nil || kind.Name != "Verb" || text == nil {
				return true
			}
			found++
			if verb := model.Verb(strings.Trim(text.Value, `"`)); !slices.Contains(model.Verbs(), verb) {
				t.Errorf("%s stands in %s, but not in Verbs", verb, file)
			}
			return true
		})
	}
	if found != len(model.Verbs()) {
		t.Errorf("%d verbs are declared and %d listed", found, len(model.Verbs()))
	}
}
