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

// The floor plan: which room may import which, and other things that every file of the house
// keeps to. Sources are read with go/parser and not asked from `go list`, because the test cache
// does not notice what a subprocess reads and would go on saying "ok" after an edit.

const module = "roster.example/roster"

// maxLines is what can still be read in a sitting. Generated files are not held to it.
const maxLines = 600

// A room is a folder with everything below it, until another room begins there.
type room struct {
	path     string   // below the module root; * stands for one folder name
	may      []string // rooms it may import; its own folders always
	statuses bool     // may name HTTP status numbers
	shut     []string // packages of the standard library that have no business here
}

// rooms is the plan. A folder with Go files that stands in no room is a fault: give it a place here
// and in ARCHITECTURE.md first. Test files may import anything.
func rooms() []room {
	http := []string{"net/http", "net/http/httptest"}
	sql := []string{"database/sql", "database/sql/driver"}
	formats := []string{"encoding/json", "encoding/json/v2", "encoding/xml"}

	leaves := []string{"internal/fault", "internal/webhook/endpoint", "internal/throttle", "internal/filter", "internal/confusables", "internal/passwordpolicy", "internal/unitext", "internal/emailaddress", "internal/secret", "internal/sshkey"}
	disk := "internal/atomicfile"
	core := append([]string{"internal/directory"}, leaves...)
	door := append([]string{"internal/authn", "internal/web", "internal/admission"}, core...)
	stores := []string{"internal/store/sqlite", "internal/store/postgres", "internal/store/cache", "internal/store/transfer"}
	engine := append([]string{"internal/store/sqldb", "internal/store/transfer", "internal/admission"}, core...)
	wiring := slices.Concat(door, stores, []string{
		"internal/api/native", "internal/api/gitlab", "internal/api/wekan", "internal/api/codebase", "internal/api/pm415",
		"internal/console", "internal/mail", "internal/webhook", "internal/config", disk,
	})
	files := "internal/userfile"
	return []room{
		{path: "."},
		{path: "cmd/roster", may: []string{"internal/cli"}, shut: slices.Concat(http, sql, formats)},
		{path: "client", statuses: true, shut: sql},
		{path: "rostertest", may: append([]string{"client", "internal/app", "internal/config"}, core...), shut: sql},

		{path: "internal/cli", may: append([]string{"internal/app", "internal/config", "internal/authorizedkeys", "internal/admission", files, disk}, core...), shut: sql},
		{path: "internal/app", may: wiring, shut: sql},
		{path: "internal/lint", shut: slices.Concat(http, sql, formats)},
		{path: "internal/config", may: []string{"internal/secret"}, shut: slices.Concat(http, sql)},
		{path: "internal/mail", may: append([]string{disk}, core...), shut: slices.Concat(http, sql)},
		{path: "internal/authorizedkeys", may: []string{"internal/sshkey", disk}, statuses: true, shut: sql},
		{path: "internal/webhook", may: core, statuses: true, shut: sql},

		{path: "internal/api/apitest", may: slices.Concat(door, stores, []string{"internal/mail"}), statuses: true, shut: sql},
		{path: "internal/api/native", may: append([]string{files}, door...), statuses: true, shut: sql},
		{path: "internal/api/*", may: door, statuses: true, shut: sql},
		{path: "internal/console", may: append([]string{"internal/ui"}, door...), statuses: true, shut: sql},
		{path: "internal/ui", may: []string{"internal/web"}, statuses: true, shut: sql},
		{path: "internal/authn", may: append([]string{"internal/web"}, core...), shut: sql},
		{path: "internal/web", may: []string{"internal/admission"}, statuses: true, shut: sql},
		{path: "internal/admission", shut: slices.Concat(http, sql, formats)},

		{path: "internal/store/storetest", may: append([]string{"internal/admission"}, core...), shut: slices.Concat(http, sql)},
		{path: "internal/store/sqldb", may: append([]string{"internal/admission"}, core...), shut: http},
		{path: "internal/store/transfer", may: core, shut: http},
		{path: "internal/store/cache", may: append([]string{"internal/admission"}, core...), shut: slices.Concat(http, sql)},
		{path: "internal/store/*", may: engine, shut: http},

		{path: files, may: core, shut: slices.Concat(http, sql)},
		{path: "internal/directory", may: leaves, shut: slices.Concat(http, sql, formats)},
		{path: "internal/directory/directorytest", may: slices.Concat(core, stores, []string{"internal/mail"}), shut: slices.Concat(http, sql, formats)},
		{path: "internal/emailaddress", may: []string{"internal/unitext", "internal/fault"}, shut: slices.Concat(http, sql, formats)},
		{path: "internal/confusables", may: []string{"internal/unitext"}, shut: slices.Concat(http, sql, formats)},
		{path: "internal/passwordpolicy", may: []string{"internal/unitext"}, shut: slices.Concat(http, sql, formats)},
		{path: "internal/filter", may: []string{"internal/unitext", "internal/emailaddress", "internal/fault"}, shut: slices.Concat(http, sql, formats)},
		{path: "internal/throttle", may: []string{"internal/fault"}, shut: slices.Concat(http, sql, formats)},
		{path: "internal/webhook/endpoint", may: []string{"internal/fault", "internal/secret"}, shut: slices.Concat(http, sql, formats)},
		{path: "internal/unitext", may: []string{"internal/fault"}, shut: slices.Concat(http, sql, formats)},
		{path: "internal/fault", shut: slices.Concat(http, sql, formats)},
		{path: disk, shut: slices.Concat(http, sql, formats)},
		{path: "internal/secret", may: []string{disk}, shut: slices.Concat(http, sql)},
		{path: "internal/sshkey", shut: slices.Concat(http, sql)},

		{path: "e2e", may: append([]string{"client", "internal/app", "internal/config", "internal/api/apitest"}, core...), statuses: true},
		{path: "deploy/ha/trial", statuses: true, shut: sql},
		{path: "bench", may: append([]string{"client", "internal/app", "internal/cli"}, wiring...), statuses: true},
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

// sources parses every Go file of the house, leaving out what the go command leaves out too and
// what is installed into it.
func sources(house fs.FS) ([]source, error) {
	var found []source
	err := fs.WalkDir(house, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skipForeign(entry.Name())
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(house, name)
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

// A rule looks at the whole house and names what it does not like.
type rule func(fs.FS, []source) []string

// roomOf returns the room in which folder stands. Of several the longest path wins, and a path
// without * over one with it.
func roomOf(folder string) (room, bool) {
	fits := slices.DeleteFunc(rooms(), func(r room) bool { return !within(folder, r.path) })
	if len(fits) == 0 {
		return room{}, false
	}
	return slices.MaxFunc(fits, func(a, b room) int {
		return cmp.Or(
			cmp.Compare(strings.Count(a.path, "/"), strings.Count(b.path, "/")),
			cmp.Compare(strings.Count(b.path, "*"), strings.Count(a.path, "*")),
		)
	}), true
}

// within reports whether folder is the room's path or lies below it. The root room has no below.
func within(folder, room string) bool {
	want, have := strings.Split(room, "/"), strings.Split(folder, "/")
	if len(have) < len(want) {
		return false
	}
	ok, err := path.Match(room, strings.Join(have[:len(want)], "/"))
	return ok && err == nil
}

// imports holds the arrows of the plan.
func imports(_ fs.FS, files []source) []string {
	var faults []string
	for _, file := range files {
		here, ok := roomOf(file.folder())
		if !ok {
			faults = append(faults, file.path+": this folder is not on the floor plan; find it a room, or add one to rooms")
			continue
		}
		if file.isTest() {
			continue
		}
		for _, spec := range file.syntax.Imports {
			if why := here.refuses(file.folder(), strings.Trim(spec.Path.Value, "`\"")); why != "" {
				faults = append(faults, file.path+": "+why)
			}
		}
	}
	return faults
}

// refuses says why a file of the room, standing in folder, may not import what it imports, or "".
func (r room) refuses(folder, imported string) string {
	if slices.Contains(r.shut, imported) {
		return fmt.Sprintf("%s must not know %s", r.path, imported)
	}
	target, ours := strings.CutPrefix(imported, module+"/")
	if !ours {
		return ""
	}
	there, ok := roomOf(target)
	switch {
	case !ok:
		return "imports " + target + ", which is not on the floor plan"
	case slices.ContainsFunc(r.may, func(allowed string) bool { return within(target, allowed) }):
		return ""
	case there.path == r.path && sameFolder(r.path, folder, target):
		return ""
	}
	return fmt.Sprintf("%s must not import %s", r.path, target)
}

// sameFolder tells one API's folders from another's, which share the room internal/api/*.
func sameFolder(room, folder, target string) bool {
	depth := strings.Count(room, "/") + 1
	return slices.Equal(strings.SplitN(folder+"/", "/", depth+1)[:depth], strings.SplitN(target+"/", "/", depth+1)[:depth])
}

// statuses keeps HTTP status numbers where HTTP is spoken: a rule that answers 404 has left the
// directory.
func statuses(_ fs.FS, files []source) []string {
	var faults []string
	for _, file := range files {
		here, ok := roomOf(file.folder())
		if !ok || here.statuses || file.isTest() {
			continue
		}
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			if name := selected(node, "http"); strings.HasPrefix(name, "Status") {
				faults = append(faults, fmt.Sprintf("%s: http.%s, but %s knows no status numbers", file.path, name, here.path))
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

// skips refuses tests that give up: a test that may not run protects nothing.
func skips(_ fs.FS, files []source) []string {
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

// queries refuses other readers of a query or form than internal/web: those of net/http and net/url
// drop what they cannot parse without an error, and a condition that is dropped always holds.
func queries(_ fs.FS, files []source) []string {
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
				faults = append(faults, fmt.Sprintf("%s: %s drops what it cannot parse; ask web.ReadQuery or web.ReadForm", file.path, selector.Sel.Name))
			}
			return true
		})
	}
	return faults
}

// unfinished finds marks that put off work or silence a linter. The words are put together here so
// that this file does not hold them.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX|HA` + `CK)\b|no` + `lint|lint:` + `ignore|#no` + `sec`)

// marks holds that list for every comment.
func marks(_ fs.FS, files []source) []string {
	var faults []string
	for _, file := range files {
		for _, group := range file.syntax.Comments {
			for _, comment := range group.List {
				if mark := unfinished.FindString(comment.Text); mark != "" {
					faults = append(faults, fmt.Sprintf("%s: comment says %s; mend it instead", file.path, mark))
				}
			}
		}
	}
	return faults
}

// length keeps files short, tests included.
func length(_ fs.FS, files []source) []string {
	var faults []string
	for _, file := range files {
		if file.lines > maxLines && !ast.IsGenerated(file.syntax) {
			faults = append(faults, fmt.Sprintf("%s: %d lines, at most %d can be read in a sitting", file.path, file.lines, maxLines))
		}
	}
	return faults
}

// vague lists package names that say nothing about what is inside.
var vague = regexp.MustCompile(`^(utils?|commons?|helpers?|models?|services?|managers?|misc|shared)$`)

// names refuses them, as a package's name and as its folder's.
func names(_ fs.FS, files []source) []string {
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

// introductions wants a comment on every package. Test files cannot introduce it: go doc does not
// read them.
func introductions(_ fs.FS, files []source) []string {
	introduced := map[string]bool{}
	for _, file := range files {
		introduced[file.folder()] = introduced[file.folder()] || !file.isTest() && file.syntax.Doc != nil
	}
	var faults []string
	for folder, has := range introduced {
		if !has {
			faults = append(faults, folder+": no package comment; say in a paragraph what this room is for")
		}
	}
	return faults
}

// apiFolders wants the same files in each: who has seen one API's folder has seen them all.
func apiFolders(house fs.FS, _ []source) []string {
	folders, err := fs.Glob(house, "internal/api/*")
	if err != nil {
		return []string{err.Error()}
	}
	var faults []string
	for _, folder := range folders {
		if path.Base(folder) == "apitest" {
			continue
		}
		for _, want := range []string{"README.md", "api.go", "wire.go", "errors.go", "testdata/*.txtar"} {
			if found, err := fs.Glob(house, folder+"/"+want); err != nil || len(found) == 0 {
				faults = append(faults, folder+": lacks "+want)
			}
		}
	}
	return faults
}

func houseRules() map[string]rule {
	return map[string]rule{
		"imports follow the plan":               imports,
		"only doors know status numbers":        statuses,
		"no test skips":                         skips,
		"only the web reads queries":            queries,
		"no unfinished marks, no silenced tool": marks,
		"files can be read in a sitting":        length,
		"packages are named for what they hold": names,
		"packages introduce themselves":         introductions,
		"API folders look alike":                apiFolders,
		"golden files are written by name":      golden,
	}
}

func TestHouseKeepsItsFloorPlan(t *testing.T) {
	t.Parallel()
	house := os.DirFS(".")
	files, err := sources(house)
	if err != nil {
		t.Fatal(err)
	}
	for name, check := range houseRules() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, fault := range slices.Sorted(slices.Values(check(house, files))) {
				t.Error(fault)
			}
		})
	}
}
