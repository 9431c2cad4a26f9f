package roster_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

// house builds a small one in memory from paths and texts.
func house(texts map[string]string) fstest.MapFS {
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

// A flaw is a house with one thing wrong, the rule that must notice and what it must say.
type flaw struct {
	rule, says string
	house      map[string]string
}

func flaws() map[string]flaw {
	const ours = module + "/internal/"
	plan := "imports follow the plan"
	return map[string]flaw{
		"one API imports another": {plan, "internal/api/* must not import internal/api/gitlab",
			map[string]string{"internal/api/wekan/user.go": importing(ours + "api/gitlab")}},
		"an API imports a store": {plan, "must not import internal/store/sqlite",
			map[string]string{"internal/api/native/user.go": importing(ours + "store/sqlite")}},
		"a folder below an API imports another API": {plan, "must not import internal/api/gitlab",
			map[string]string{"internal/api/wekan/xml/a.go": importing(ours + "api/gitlab")}},
		"a store imports the web": {plan, "internal/store/* must not import internal/web",
			map[string]string{"internal/store/postgres/open.go": importing(ours + "web")}},
		"the web knows the directory": {plan, "internal/web must not import internal/directory",
			map[string]string{"internal/web/errors.go": importing(ours + "directory")}},
		"a leaf knows the directory": {plan, "internal/secret must not import internal/directory",
			map[string]string{"internal/secret/hash.go": importing(ours + "directory")}},
		"the command goes past cli": {plan, "cmd/roster must not import internal/app",
			map[string]string{"cmd/roster/main.go": importing(ours + "app")}},
		"test support is shipped": {plan, "must not import internal/api/apitest",
			map[string]string{"internal/app/routes.go": importing(ours + "api/apitest")}},
		"the directory speaks HTTP": {plan, "internal/directory must not know net/http",
			map[string]string{"internal/directory/user.go": importing("net/http")}},
		"the directory speaks SQL": {plan, "internal/directory must not know database/sql",
			map[string]string{"internal/directory/user.go": importing("database/sql")}},
		"the directory speaks XML": {plan, "internal/directory must not know encoding/xml",
			map[string]string{"internal/directory/user.go": importing("encoding/xml")}},
		"an API speaks SQL": {plan, "internal/api/* must not know database/sql",
			map[string]string{"internal/api/gitlab/user.go": importing("database/sql")}},
		"a room of its own making": {plan, "internal/cellar/wine.go: this folder is not on the floor plan",
			map[string]string{"internal/cellar/wine.go": importing()}},
		"an import from nowhere": {plan, "imports internal/cellar, which is not on the floor plan",
			map[string]string{"internal/app/app.go": importing(ours + "cellar")}},
		"a status outside the doors": {"only doors know status numbers", "http.StatusTeapot, but internal/app",
			map[string]string{"internal/app/app.go": importing("net/http") + "const tea = http.StatusTeapot\n"}},
		"a test that gives up": {"no test skips", "internal/app/app_test.go: a test skips",
			map[string]string{"internal/app/app_test.go": "package app\nfunc f() { t.Skipf(\"later\") }\n"}},
		"a query that loses what it cannot parse": {"only the web reads queries", "Query drops what it cannot parse",
			map[string]string{"internal/api/wekan/api.go": importing("net/http") + "func f(r *http.Request) string { return r.URL.Query().Get(\"a\") }\n"}},
		"work put off": {"no unfinished marks, no silenced tool", "comment says TO" + "DO",
			map[string]string{"internal/app/app.go": importing() + "// TO" + "DO: the rest\n"}},
		"a linter silenced": {"no unfinished marks, no silenced tool", "comment says no" + "lint",
			map[string]string{"internal/app/app.go": importing() + "var _ = f() //no" + "lint:errcheck\n"}},
		"a long file": {"files can be read in a sitting", "internal/app/app.go: 602 lines",
			map[string]string{"internal/app/app.go": importing() + strings.Repeat("\n", 600)}},
		"a vague name": {"packages are named for what they hold", "util says nothing",
			map[string]string{"internal/web/util/a.go": "package util\n"}},
		"a vague folder": {"packages are named for what they hold", "helpers says nothing",
			map[string]string{"internal/web/helpers/a.go": importing()}},
		"no package comment": {"packages introduce themselves", "internal/app: no package comment",
			map[string]string{"internal/app/app.go": "package app\n", "internal/app/a_test.go": importing()}},
		"an API without transcripts": {"API folders look alike", "internal/api/wekan: lacks testdata/*.txtar",
			map[string]string{"internal/api/wekan/api.go": importing(), "internal/api/wekan/testdata/notes.md": ""}},
		"a golden test by another name": {"golden files are written by name", "TestShape reads the flag -update",
			map[string]string{"internal/app/a_test.go": "package app\nfunc TestShape() { if *update {} }\n"}},
		"an API without a contract": {"API folders look alike", "internal/api/wekan: lacks README.md",
			map[string]string{"internal/api/wekan/api.go": importing()}},
	}
}

func TestEachFlawIsNoticedByItsRule(t *testing.T) {
	t.Parallel()
	for name, flaw := range flaws() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			built := house(flaw.house)
			files, err := sources(built)
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(houseRules()[flaw.rule](built, files), "\n")
			if !strings.Contains(said, flaw.says) {
				t.Errorf("the rule %q said %q; want it to say %q", flaw.rule, said, flaw.says)
			}
		})
	}
}

func TestEachRuleHasAFlawThatItNotices(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, flaw := range flaws() {
		shown[flaw.rule] = true
	}
	for name := range houseRules() {
		if !shown[name] {
			t.Errorf("no example shows that the rule %q can fail", name)
		}
	}
}

func TestABlamelessHouseIsLeftInPeace(t *testing.T) {
	t.Parallel()
	const ours = module + "/internal/"
	built := house(map[string]string{
		"cmd/roster/main.go":                       importing(ours + "cli"),
		"internal/cli/serve.go":                    importing(ours+"app", ours+"config"),
		"internal/app/routes.go":                   importing("net/http", ours+"api/gitlab", ours+"console", ours+"store/sqlite", ours+"mail"),
		"internal/directory/user.go":               importing("context", ours+"secret"),
		"internal/directory/user_test.go":          "package directory_test\nimport _ \"" + ours + "store/sqlite\"\n",
		"internal/store/sqlite/open.go":            importing("database/sql", ours+"store/sqldb", ours+"directory"),
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
	for name, check := range houseRules() {
		for _, fault := range check(built, files) {
			t.Errorf("the rule %q: %s", name, fault)
		}
	}
}
