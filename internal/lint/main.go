// Command lint reports what staticcheck and errcheck find. Each of them reads the
// source text of all dependencies, SQLite's included, which takes more than a minute
// on a new machine; here both read it once.
package main

import (
	"os"
	"slices"

	"github.com/kisielk/errcheck/errcheck"
	"honnef.co/go/tools/analysis/lint"
	"honnef.co/go/tools/lintcmd"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
	"honnef.co/go/tools/stylecheck"
	"honnef.co/go/tools/unused"
)

func main() {
	command := lintcmd.NewCommand("lint")
	command.ParseFlags(os.Args[1:])
	command.AddAnalyzers(slices.Concat(simple.Analyzers, staticcheck.Analyzers, stylecheck.Analyzers)...)
	command.AddAnalyzers(unused.Analyzer, &lint.Analyzer{
		Doc:      &lint.RawDocumentation{Title: "An error is not checked", Severity: lint.SeverityError},
		Analyzer: errcheck.Analyzer,
	})
	command.Run()
}
