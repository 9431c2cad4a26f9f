package roster_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The rules of ARCHITECTURE.md: which package may import which, and what holds for every file.
// Sources are read with go/parser and not by `go list`, because the test cache does not notice the
// files that a subprocess reads.

const module = "roster.example/roster"

// maxLines is the maximum length of a file, except of generated ones.
const maxLines = 600

// A packageRule is the rule of a folder and of the folders below it that have no rule of their own.
type packageRule struct {
	path      string   // below the module root; * matches one folder name
	imports   []string // folders that it may import besides its own
	statuses  bool     // may use HTTP status codes
	forbidden []string // packages of the standard library that it must not import
}

// packageRules lists all rules. A folder with Go files and without a rule is an error: add it here and
// to ARCHITECTURE.md. Test files may import anything.
func packageRules() []packageRule {
	http := []string{"net/http", "net/http/httptest"}
	sql := []string{"database/sql", "database/sql/driver"}
	formats := []string{"encoding/json", "encoding/json/v2", "encoding/xml"}

	leaves := []string{"internal/model", "internal/fault", "internal/idempotency", "internal/webhook/endpoint", "internal/throttle", "internal/filter", "internal/confusables", "internal/passwordpolicy", "internal/lookup", "internal/useragent", "internal/unitext", "internal/decimal", "internal/emailaddress", "internal/secret", "internal/sshkey", "internal/totp", "internal/recoverycode", "internal/passkey", "internal/timezone"}
	atomic := "internal/atomicfile"
	core := append([]string{"internal/directory", "internal/registration", "internal/invitation", "internal/login", "internal/access", "internal/credential", "internal/secondfactor", "internal/project", "internal/role", "internal/mailqueue", "internal/importer", "internal/audit", "internal/webhook"}, leaves...)
	rules := append([]string{"internal/operation"}, leaves...)
	api := append([]string{"internal/authn", "internal/web", "internal/admission"}, core...)
	stores := []string{"internal/store/sqlite", "internal/store/postgres", "internal/store/cache", "internal/store/transfer"}
	engine := append([]string{"internal/store/sqldb", "internal/store/transfer", "internal/admission"}, leaves...)
	wiring := slices.Concat(api, stores, []string{
		"internal/api/native", "internal/api/gitlab", "internal/api/wekan", "internal/api/codebase", "internal/api/pm415",
		"internal/account", "internal/browser", "internal/components", "internal/console", "internal/signin", "internal/mail", "internal/webhook", "internal/config", "internal/directory/directoryconfig", "internal/priority", atomic,
	})
	pages := append([]string{"internal/browser", "internal/ui"}, api...)
	files := "internal/userfile"
	return []packageRule{
		{path: "."},
		{path: "cmd/roster", imports: []string{"internal/cli"}, forbidden: slices.Concat(http, sql, formats)},
		{path: "client", statuses: true, forbidden: sql},
		{path: "rostertest", imports: append([]string{"client", "internal/app", "internal/config"}, core...), forbidden: sql},

		{path: "internal/cli", imports: append([]string{"internal/app", "internal/config", "internal/authorizedkeys", "internal/admission", files, atomic}, core...), forbidden: sql},
		{path: "internal/app", imports: wiring, forbidden: sql},
		{path: "internal/lint", forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/config", imports: []string{"internal/secret"}, forbidden: slices.Concat(http, sql)},
		{path: "internal/mail", imports: append([]string{"internal/mailqueue", atomic, "internal/worker"}, leaves...), forbidden: slices.Concat(http, sql)},
		{path: "internal/authorizedkeys", imports: []string{"internal/sshkey", atomic}, statuses: true, forbidden: sql},
		{path: "internal/ratelimit", imports: rules, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/project", imports: append([]string{"internal/naming"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/role", imports: append([]string{"internal/naming"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/notice", imports: append([]string{"internal/mailqueue", "internal/ratelimit"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/loginlimit", imports: append([]string{"internal/ratelimit"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/session", imports: rules, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/secondfactor", imports: append([]string{"internal/ratelimit", "internal/loginlimit", "internal/session", "internal/notice"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/credential", imports: append([]string{"internal/secondfactor", "internal/notice"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/access", imports: rules, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/rekey", imports: append([]string{"internal/credential", "internal/secondfactor", "internal/webhook", "internal/mailqueue"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/doctor", imports: rules, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/inputpolicy", imports: append([]string{"internal/naming"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/login", imports: append([]string{"internal/ratelimit", "internal/loginlimit", "internal/session", "internal/secondfactor", "internal/credential", "internal/notice", "internal/inputpolicy"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/newuser", imports: append([]string{"internal/naming", "internal/role"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/invitation", imports: append([]string{"internal/newuser", "internal/role", "internal/inputpolicy", "internal/credential", "internal/ratelimit", "internal/mailqueue", "internal/notice"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/maillink", imports: append([]string{"internal/notice"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/registration", imports: append([]string{"internal/ratelimit", "internal/loginlimit", "internal/naming", "internal/newuser", "internal/maillink", "internal/inputpolicy", "internal/login", "internal/invitation", "internal/session"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/naming", imports: rules, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/mailqueue", imports: rules, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/importer", imports: append([]string{"internal/naming"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/audit", imports: rules, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/webhook", imports: rules, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/webhook/dispatch", imports: append([]string{"internal/webhook", "internal/worker"}, leaves...), statuses: true, forbidden: sql},

		{path: "internal/api/apitest", imports: slices.Concat(api, stores, []string{"internal/mail"}), statuses: true, forbidden: sql},
		{path: "internal/api/native", imports: append([]string{files}, api...), statuses: true, forbidden: sql},
		{path: "internal/api/*", imports: api, statuses: true, forbidden: sql},
		{path: "internal/console", imports: pages, statuses: true, forbidden: sql},
		{path: "internal/account", imports: append([]string{"internal/totp", "internal/useragent"}, pages...), statuses: true, forbidden: sql},
		{path: "internal/components", imports: pages, statuses: true, forbidden: sql},
		{path: "internal/signin", imports: pages, statuses: true, forbidden: sql},
		{path: "internal/browser", imports: append([]string{"internal/ui", "internal/session"}, api...), statuses: true, forbidden: sql},
		{path: "internal/browser/browsertest", imports: append([]string{"internal/api/apitest"}, pages...), statuses: true, forbidden: sql},
		{path: "internal/ui", imports: []string{"internal/web", "internal/fault", "internal/secret", "internal/unitext"}, statuses: true, forbidden: sql},
		{path: "internal/authn", imports: append([]string{"internal/web"}, core...), forbidden: sql},
		{path: "internal/web", imports: []string{"internal/admission", "internal/priority", "internal/decimal", "internal/unitext"}, statuses: true, forbidden: sql},
		{path: "internal/admission", forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/worker", forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/priority", forbidden: slices.Concat(http, sql, formats)},

		{path: "internal/store/storetest", imports: append([]string{"internal/admission"}, leaves...), forbidden: slices.Concat(http, sql)},
		{path: "internal/store/sqldb", imports: append([]string{"internal/admission"}, leaves...), forbidden: http},
		{path: "internal/store/transfer", imports: leaves, forbidden: http},
		{path: "internal/store/cache", imports: append([]string{"internal/admission"}, leaves...), forbidden: slices.Concat(http, sql)},
		{path: "internal/store/*", imports: engine, forbidden: http},

		{path: files, imports: core, forbidden: slices.Concat(http, sql)},
		{path: "internal/directory", imports: append([]string{"internal/registration", "internal/maillink", "internal/invitation", "internal/newuser", "internal/login", "internal/inputpolicy", "internal/doctor", "internal/rekey", "internal/access", "internal/credential", "internal/secondfactor", "internal/session", "internal/loginlimit", "internal/notice", "internal/naming", "internal/project", "internal/role", "internal/ratelimit", "internal/mailqueue", "internal/importer", "internal/audit", "internal/webhook"}, rules...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/directory/directoryconfig", imports: append([]string{"internal/config", "internal/ratelimit"}, core...), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/directory/directorytest", imports: slices.Concat(core, stores, []string{"internal/config", "internal/directory/directoryconfig", "internal/mail", "internal/passkey/passkeytest"}), forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/model", imports: []string{"internal/filter", "internal/throttle", "internal/emailaddress", "internal/unitext", "internal/fault", "internal/secret"}, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/operation", imports: []string{"internal/model", "internal/idempotency", "internal/throttle", "internal/unitext", "internal/fault", "internal/secret"}, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/emailaddress", imports: []string{"internal/unitext", "internal/fault"}, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/confusables", imports: []string{"internal/unitext"}, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/passwordpolicy", imports: []string{"internal/unitext"}, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/filter", imports: []string{"internal/unitext", "internal/emailaddress", "internal/fault"}, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/throttle", imports: []string{"internal/fault"}, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/webhook/endpoint", imports: []string{"internal/fault", "internal/secret"}, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/lookup", imports: []string{"internal/model", "internal/fault"}, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/useragent", forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/timezone", forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/unitext", imports: []string{"internal/fault"}, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/idempotency", imports: []string{"internal/secret"}, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/decimal", forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/fault", forbidden: slices.Concat(http, sql, formats)},
		{path: atomic, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/secret", imports: []string{atomic, "internal/priority"}, forbidden: slices.Concat(http, sql)},
		{path: "internal/totp", forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/recoverycode", imports: []string{"internal/secret"}, forbidden: slices.Concat(http, sql, formats)},
		{path: "internal/passkey", forbidden: slices.Concat(http, sql)},
		{path: "internal/passkey/passkeytest", forbidden: slices.Concat(http, sql)},
		{path: "internal/sshkey", forbidden: slices.Concat(http, sql)},

		{path: "e2e", imports: append([]string{"client", "internal/app", "internal/config", "internal/api/apitest"}, core...), statuses: true},
		{path: "deploy/ha/trial", statuses: true, forbidden: sql},
		{path: "bench", imports: append([]string{"client", "internal/app", "internal/cli", "internal/totp"}, wiring...), statuses: true},
	}
}

// A source is one Go file of the module.
type source struct {
	path   string // below the module root
	lines  int
	syntax *ast.File
}

func (s source) folder() string { return path.Dir(s.path) }
func (s source) isTest() bool   { return strings.HasSuffix(s.path, "_test.go") }

// sources parses every Go file of the repository, except in folders that the go command ignores and
// in those of installed dependencies.
func sources(repository fs.FS) ([]source, error) {
	var found []source
	err := fs.WalkDir(repository, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skipForeign(entry.Name())
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(repository, name)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		found = append(found, source{path: name, lines: strings.Count(string(text), "\n"), syntax: syntax})
		return err
	})
	return found, err
}

func skipForeign(folder string) error {
	hidden := folder != "." && strings.ContainsAny(folder[:1], "._")
	if hidden || slices.Contains([]string{"testdata", "node_modules", "bin", "roster-data"}, folder) {
		return fs.SkipDir
	}
	return nil
}

// A check returns what is wrong with the repository, one message for each place.
type check func(fs.FS, []source) []string

// ruleFor returns the rule of a folder. Of several, the longest path wins, and a path without * wins
// over one with it.
func ruleFor(folder string) (packageRule, bool) {
	fits := slices.DeleteFunc(packageRules(), func(r packageRule) bool { return !within(folder, r.path) })
	if len(fits) == 0 {
		return packageRule{}, false
	}
	return slices.MaxFunc(fits, func(a, b packageRule) int {
		return cmp.Or(
			cmp.Compare(strings.Count(a.path, "/"), strings.Count(b.path, "/")),
			cmp.Compare(strings.Count(b.path, "*"), strings.Count(a.path, "*")),
		)
	}), true
}

// within reports whether folder matches the pattern or is below such a folder. Nothing is below the
// root.
func within(folder, pattern string) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(folder, "/")
	if len(have) < len(want) {
		return false
	}
	ok, err := path.Match(pattern, strings.Join(have[:len(want)], "/"))
	return ok && err == nil
}

// checkImports checks the imports of all files.
func checkImports(_ fs.FS, files []source) []string {
	var faults []string
	for _, file := range files {
		here, ok := ruleFor(file.folder())
		if !ok {
			faults = append(faults, file.path+": this folder has no rule; add one to packageRules and to ARCHITECTURE.md")
			continue
		}
		if file.isTest() {
			continue
		}
		for _, spec := range file.syntax.Imports {
			if why := here.rejects(file.folder(), strings.Trim(spec.Path.Value, "`\"")); why != "" {
				faults = append(faults, file.path+": "+why)
			}
		}
	}
	return faults
}

// rejects returns why a file in folder must not import the package, or "".
func (r packageRule) rejects(folder, imported string) string {
	if slices.Contains(r.forbidden, imported) {
		return fmt.Sprintf("%s must not import %s", r.path, imported)
	}
	target, ours := strings.CutPrefix(imported, module+"/")
	if !ours {
		return ""
	}
	there, ok := ruleFor(target)
	switch {
	case !ok:
		return "imports " + target + ", which has no rule"
	case slices.ContainsFunc(r.imports, func(allowed string) bool { return within(target, allowed) }):
		return ""
	case there.path == r.path && sameFolder(r.path, folder, target):
		return ""
	}
	return fmt.Sprintf("%s must not import %s", r.path, target)
}

// sameFolder distinguishes the folders that share the rule of a pattern such as internal/api/*.
func sameFolder(pattern, folder, target string) bool {
	depth := strings.Count(pattern, "/") + 1
	return slices.Equal(strings.SplitN(folder+"/", "/", depth+1)[:depth], strings.SplitN(target+"/", "/", depth+1)[:depth])
}

// checkStatuses rejects HTTP status codes outside of packages that handle HTTP.
func checkStatuses(_ fs.FS, files []source) []string {
	var faults []string
	for _, file := range files {
		here, ok := ruleFor(file.folder())
		if !ok || here.statuses || file.isTest() {
			continue
		}
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			if name := selected(node, "http"); strings.HasPrefix(name, "Status") {
				faults = append(faults, fmt.Sprintf("%s: http.%s, but %s must not use status codes", file.path, name, here.path))
			}
			return true
		})
	}
	return faults
}

// selected returns the name in an expression such as owner.name, or "".
func selected(node ast.Node, owners ...string) string {
	selector, ok := node.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	owner, ok := selector.X.(*ast.Ident)
	if !ok || !slices.Contains(owners, owner.Name) {
		return ""
	}
	return selector.Sel.Name
}

// checkSkips rejects tests that skip.
func checkSkips(_ fs.FS, files []source) []string {
	var faults []string
	for _, file := range files {
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			if name := selected(node, "t", "b", "f", "tb"); strings.HasPrefix(name, "Skip") && file.isTest() {
				faults = append(faults, file.path+": a test skips; make scripts/setup-tests install what it needs")
			}
			return true
		})
	}
	return faults
}

// checkQueries rejects other readers of queries and forms than internal/web. Those of net/http and
// net/url drop a part that they cannot parse without an error, and a dropped filter matches all.
func checkQueries(_ fs.FS, files []source) []string {
	readers := []string{"ParseForm", "ParseMultipartForm", "FormValue", "PostFormValue"}
	var faults []string
	for _, file := range files {
		if file.isTest() || within(file.folder(), "internal/web") || !within(file.folder(), "internal") {
			continue
		}
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			inner, _ := selector.X.(*ast.SelectorExpr)
			drops := selector.Sel.Name == "Query" && inner != nil && inner.Sel.Name == "URL"
			if drops || slices.Contains(readers, selector.Sel.Name) {
				faults = append(faults, fmt.Sprintf("%s: %s drops what it cannot parse; use web.ReadQuery or web.ReadForm", file.path, selector.Sel.Name))
			}
			return true
		})
	}
	return faults
}

// unfinished matches marks of unfinished work and suppressions of linters. The words are concatenated
// so that this file does not contain them.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX|HA` + `CK)\b|no` + `lint|lint:` + `ignore|#no` + `sec`)

// checkMarks rejects such marks in comments.
func checkMarks(_ fs.FS, files []source) []string {
	var faults []string
	for _, file := range files {
		for _, group := range file.syntax.Comments {
			for _, comment := range group.List {
				if mark := unfinished.FindString(comment.Text); mark != "" {
					faults = append(faults, fmt.Sprintf("%s: comment contains %s; fix it instead", file.path, mark))
				}
			}
		}
	}
	return faults
}

// checkLength rejects long files, tests included.
func checkLength(_ fs.FS, files []source) []string {
	var faults []string
	for _, file := range files {
		if file.lines > maxLines && !ast.IsGenerated(file.syntax) {
			faults = append(faults, fmt.Sprintf("%s: %d lines, more than %d; split it", file.path, file.lines, maxLines))
		}
	}
	return faults
}

// vague lists package names that say nothing about what is inside. The one package model has a rule for what belongs
// there: see ADR 0021.
var vague = regexp.MustCompile(`^(utils?|commons?|helpers?|models|entit(y|ies)|types|core|base|services?|managers?|misc|shared)$`)

// checkNames rejects them as names of packages and folders.
func checkNames(_ fs.FS, files []source) []string {
	var faults []string
	for _, file := range files {
		for _, name := range []string{strings.TrimSuffix(file.syntax.Name.Name, "_test"), path.Base(file.folder())} {
			if vague.MatchString(name) {
				faults = append(faults, fmt.Sprintf("%s: %s says nothing; name the package for what it holds", file.path, name))
			}
		}
	}
	return faults
}

// checkPackageComments requires a comment of every package, in a file that is no test, because go doc
// does not read tests.
func checkPackageComments(_ fs.FS, files []source) []string {
	introduced := map[string]bool{}
	for _, file := range files {
		introduced[file.folder()] = introduced[file.folder()] || !file.isTest() && file.syntax.Doc != nil
	}
	var faults []string
	for folder, has := range introduced {
		if !has {
			faults = append(faults, folder+": no package comment; say in a paragraph what the package is for")
		}
	}
	return faults
}

// checkAPIFolders requires the same files in the folder of each API.
func checkAPIFolders(repository fs.FS, _ []source) []string {
	folders, err := fs.Glob(repository, "internal/api/*")
	if err != nil {
		return []string{err.Error()}
	}
	var faults []string
	for _, folder := range folders {
		if path.Base(folder) == "apitest" {
			continue
		}
		for _, want := range []string{"README.md", "api.go", "wire.go", "errors.go", "testdata/*.txtar"} {
			if found, err := fs.Glob(repository, folder+"/"+want); err != nil || len(found) == 0 {
				faults = append(faults, folder+": lacks "+want)
			}
		}
	}
	return faults
}

// authenticators are the packages that may create an actor with a user.
var authenticators = []string{"internal/model", "internal/operation", "internal/directory"}

// checkActors rejects packages that create an actor with a user, other than those of the rules.
func checkActors(_ fs.FS, files []source) []string {
	var faults []string
	for _, file := range files {
		if slices.Contains(authenticators, file.folder()) {
			continue
		}
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if ok && selector.Sel.Name == "WithAuthentication" {
				faults = append(faults, file.path+": only the rules authenticate an actor; use Directory.Authenticate or Directory.ActAs")
			}
			return true
		})
	}
	return faults
}

func checks() map[string]check {
	return map[string]check{
		"imports follow the rules":                checkImports,
		"only HTTP packages use status codes":     checkStatuses,
		"only the rules authenticate actors":      checkActors,
		"no test skips":                           checkSkips,
		"only internal/web reads queries":         checkQueries,
		"no unfinished marks and no suppressions": checkMarks,
		"files are short":                         checkLength,
		"package names are specific":              checkNames,
		"packages have a comment":                 checkPackageComments,
		"API folders have the same files":         checkAPIFolders,
		"golden files have one test":              checkGolden,
	}
}

func TestRepositoryFollowsItsRules(t *testing.T) {
	t.Parallel()
	repository := os.DirFS(".")
	files, err := sources(repository)
	if err != nil {
		t.Fatal(err)
	}
	for name, check := range checks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, fault := range slices.Sorted(slices.Values(check(repository, files))) {
				t.Error(fault)
			}
		})
	}
}
