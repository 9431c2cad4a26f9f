package roster_test

import (
	"fmt"
	"go/ast"
	"io/fs"
	"strings"
)

// checkGolden reports tests that read the flag -update under another name than …IsCurrent:
// scripts/golden runs those alone, so the others would never write their files.
func checkGolden(_ fs.FS, files []source) []string {
	var faults []string
	for _, file := range files {
		if !file.isTest() {
			continue
		}
		for _, d := range file.syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && readsUpdate(f) && !strings.HasSuffix(f.Name.Name, "IsCurrent") {
				faults = append(faults, fmt.Sprintf("%s: %s reads the flag -update; end its name in IsCurrent", file.path, f.Name.Name))
			}
		}
	}
	return faults
}

// readsUpdate reports whether the function dereferences a variable named update.
func readsUpdate(f *ast.FuncDecl) bool {
	reads := false
	ast.Inspect(f, func(n ast.Node) bool {
		if star, ok := n.(*ast.StarExpr); ok {
			id, ok := star.X.(*ast.Ident)
			reads = reads || ok && id.Name == "update"
		}
		return !reads
	})
	return reads
}
