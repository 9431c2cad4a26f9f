package roster_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

// repository returns files in memory by their paths.
func repository(texts map[string]string) fstest.MapFS {
	built := fstest.MapFS{}
	for name, text := range texts {
		built[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return built
}

// importing is a file of a documented package which imports the given paths.
func importing(paths ...string) string {
	text := "// Package p is an example.\npackage p\n"
	for _, path := range paths {
		text += "import _ \"" + path + "\"\n"
	}
	return text
}

// violation is a repository with one error, the check that must report it and what it must report.
type violation struct {
	check, reports string
	files          map[string]string
}

func violations() map[string]violation {
	const ours = module + "/internal/"
	imports := "imports follow the rules"
	return map[string]violation{
		"one API imports another": {imports, "internal/api/* must not import internal/api/gitlab",
			map[string]string{"internal/api/wekan/user.go": importing(ours + "api/gitlab")}},
		"an API imports a store": {imports, "must not import internal/store/sqlite",
			map[string]string{"internal/api/native/user.go": importing(ours + "store/sqlite")}},
		"a folder below an API imports another API": {imports, "must not import internal/api/gitlab",
			map[string]string{"internal/api/wekan/xml/a.go": importing(ours + "api/gitlab")}},
		"a store imports the web": {imports, "internal/store/* must not import internal/web",
			map[string]string{"internal/store/postgres/open.go": importing(ours + "web")}},
		"the web imports the directory": {imports, "internal/web must not import internal/directory",
			map[string]string{"internal/web/errors.go": importing(ours + "directory")}},
		"a leaf imports the directory": {imports, "internal/secret must not import internal/directory",
			map[string]string{"internal/secret/hash.go": importing(ours + "directory")}},
		"the command bypasses cli": {imports, "cmd/roster must not import internal/app",
			map[string]string{"cmd/roster/main.go": importing(ours + "app")}},
		"test code is imported by the program": {imports, "must not import internal/api/apitest",
			map[string]string{"internal/app/routes.go": importing(ours + "api/apitest")}},
		"the sender of emails imports the rules": {imports, "internal/mail must not import internal/directory",
			map[string]string{"internal/mail/worker.go": importing(ours + "directory")}},
		"a store imports the rules": {imports, "internal/store/* must not import internal/directory",
			map[string]string{"internal/store/postgres/open.go": importing(ours + "directory")}},
		"the model imports the rules": {imports, "internal/model must not import internal/directory",
			map[string]string{"internal/model/user.go": importing(ours + "directory")}},
		"an API runs operations without the rules": {imports, "internal/api/* must not import internal/operation",
			map[string]string{"internal/api/wekan/user.go": importing(ours + "operation")}},
		"an API creates an actor": {"only the rules authenticate actors", "internal/api/wekan/user.go: only the rules authenticate an actor",
			map[string]string{"internal/api/wekan/user.go": importing() + "var actor = anonymous.WithAuthentication(admin)\n"}},
		"the directory uses HTTP": {imports, "internal/directory must not import net/http",
			map[string]string{"internal/directory/user.go": importing("net/http")}},
		"the directory uses SQL": {imports, "internal/directory must not import database/sql",
			map[string]string{"internal/directory/user.go": importing("database/sql")}},
		"the directory uses XML": {imports, "internal/directory must not import encoding/xml",
			map[string]string{"internal/directory/user.go": importing("encoding/xml")}},
		"an API uses SQL": {imports, "internal/api/* must not import database/sql",
			map[string]string{"internal/api/gitlab/user.go": importing("database/sql")}},
		"a folder without a rule": {imports, "internal/other/a.go: this folder has no rule",
			map[string]string{"internal/other/a.go": importing()}},
		"an import without a rule": {imports, "imports internal/other, which has no rule",
			map[string]string{"internal/app/app.go": importing(ours + "other")}},
		"a status code outside HTTP packages": {"only HTTP packages use status codes", "http.StatusTeapot, but internal/app",
			map[string]string{"internal/app/app.go": importing("net/http") + "const status = http.StatusTeapot\n"}},
		"a test that skips": {"no test skips", "internal/app/app_test.go: a test skips",
			map[string]string{"internal/app/app_test.go": "package app\nfunc f() { t.Skipf(\"later\") }\n"}},
		"a query that drops what it cannot parse": {"only internal/web reads queries", "Query drops what it cannot parse",
			map[string]string{"internal/api/wekan/api.go": importing("net/http") + "func f(r *http.Request) string { return r.URL.Query().Get(\"a\") }\n"}},
		"unfinished work": {"no unfinished marks and no suppressions", "comment contains TO" + "DO",
			map[string]string{"internal/app/app.go": importing() + "// TO" + "DO: the rest\n"}},
		"a suppressed linter": {"no unfinished marks and no suppressions", "comment contains no" + "lint",
			map[string]string{"internal/app/app.go": importing() + "var _ = f() //no" + "lint:errcheck\n"}},
		"a long file": {"files are short", "internal/app/app.go: 602 lines",
			map[string]string{"internal/app/app.go": importing() + strings.Repeat("\n", 600)}},
		"a vague name": {"package names are specific", "util says nothing",
			map[string]string{"internal/web/util/a.go": "package util\n"}},
		"a vague folder": {"package names are specific", "helpers says nothing",
			map[string]string{"internal/web/helpers/a.go": importing()}},
		"no package comment": {"packages have a comment", "internal/app: no package comment",
			map[string]string{"internal/app/app.go": "package app\n", "internal/app/a_test.go": importing()}},
		"an API without transcripts": {"API folders have the same files", "internal/api/wekan: lacks testdata/*.txtar",
			map[string]string{"internal/api/wekan/api.go": importing(), "internal/api/wekan/testdata/notes.md": ""}},
		"a golden test by another name": {"golden files have one test", "TestShape reads the flag -update",
			map[string]string{"internal/app/a_test.go": "package app\nfunc TestShape() { if *update {} }\n"}},
		"an API without a README": {"API folders have the same files", "internal/api/wekan: lacks README.md",
			map[string]string{"internal/api/wekan/api.go": importing()}},
	}
}

func TestEachViolationIsReported(t *testing.T) {
	t.Parallel()
	for name, v := range violations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			built := repository(v.files)
			files, err := sources(built)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(checks()[v.check](built, files), "\n")
			if !strings.Contains(got, v.reports) {
				t.Errorf("check %q reported %q, want %q", v.check, got, v.reports)
			}
		})
	}
}

func TestEachCheckHasAViolation(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, v := range violations() {
		shown[v.check] = true
	}
	for name := range checks() {
		if !shown[name] {
			t.Errorf("no violation shows that check %q can fail", name)
		}
	}
}

func TestCorrectRepositoryHasNoViolations(t *testing.T) {
	t.Parallel()
	const ours = module + "/internal/"
	built := repository(map[string]string{
		"cmd/roster/main.go":                       importing(ours + "cli"),
		"internal/cli/serve.go":                    importing(ours+"app", ours+"config"),
		"internal/app/routes.go":                   importing("net/http", ours+"api/gitlab", ours+"console", ours+"store/sqlite", ours+"mail"),
		"internal/directory/user.go":               importing("context", ours+"secret"),
		"internal/directory/user_test.go":          "package directory_test\nimport _ \"" + ours + "store/sqlite\"\n",
		"internal/store/sqlite/open.go":            importing("database/sql", ours+"store/sqldb", ours+"model"),
		"internal/web/limit.go":                    importing("net/http") + "const many = http.StatusTooManyRequests\n",
		"internal/api/gitlab/api.go":               importing("net/http", ours+"web", ours+"directory", ours+"api/gitlab/part"),
		"internal/api/gitlab/part/a.go":            importing(),
		"internal/api/gitlab/api_test.go":          "package gitlab_test\nimport _ \"" + ours + "api/apitest\"\n",
		"internal/api/gitlab/wire.go":              "package p\n",
		"internal/api/gitlab/errors.go":            "package p\n",
		"internal/api/gitlab/README.md":            "",
		"internal/api/gitlab/testdata/a.go":        "not even Go",
		"internal/api/gitlab/testdata/users.txtar": "",
		"e2e/clients/node_modules/x/x.go":          "package helpers\n",
	})
	files, err := sources(built)
	if err != nil {
		t.Fatal(err)
	}
	for name, check := range checks() {
		for _, fault := range check(built, files) {
			t.Errorf("check %q: %s", name, fault)
		}
	}
}
