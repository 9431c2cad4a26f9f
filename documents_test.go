package roster_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents returns the text of each document of the repository, by path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && isForeignFolder(entry.Name()):
			return fs.SkipDir
		case path.Ext(name) != ".md":
			return nil
		}
		text, err := os.ReadFile(name)
		all[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// isForeignFolder reports whether a folder has no files of this repository.
func isForeignFolder(name string) bool {
	return slices.Contains([]string{".git", "node_modules", "python_modules", "roster-data", "bin"}, name)
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	codePath = regexp.MustCompile("`((?:internal|client|cmd|e2e|bench|docs|deploy|scripts|rostertest)/[a-zA-Z0-9_./-]+)`")
	fence    = regexp.MustCompile("(?ms)^```.*?^```")
)

// anchorOf returns the fragment of a heading, as GitHub derives it.
func anchorOf(title string) string {
	kept := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case strings.ContainsRune("`.,:;!?()/'\"…*→&+=<>|[]{}%@#$^~\\", r):
			return -1
		}
		return r
	}, strings.ToLower(title))
	return kept
}

func TestLinksInDocumentsHaveTargets(t *testing.T) {
	t.Parallel()
	all := documents(t)
	anchors := map[string][]string{}
	for name, text := range all {
		for _, found := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			anchors[name] = append(anchors[name], anchorOf(found[1]))
		}
	}
	for name, text := range all {
		for _, found := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			target, fragment, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file := name
			if target != "" {
				file = path.Join(path.Dir(name), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, found[1])
			} else if fragment != "" && path.Ext(file) == ".md" && !slices.Contains(anchors[file], fragment) {
				t.Errorf("%s links to the heading %s of %s, which does not exist", name, fragment, file)
			}
		}
	}
}

// Paths in capitals stand for any name: internal/store/NAME.
func TestPathsInDocumentsExist(t *testing.T) {
	t.Parallel()
	for name, text := range documents(t) {
		if name == "CHANGELOG.md" { // it names files of the past, too
			continue
		}
		for _, found := range codePath.FindAllStringSubmatch(text, -1) {
			if strings.ContainsAny(found[1], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && !strings.HasSuffix(found[1], ".md") {
				continue
			}
			if _, err := os.Stat(found[1]); err != nil {
				t.Errorf("%s names %s, which does not exist", name, found[1])
			}
		}
	}
}

var requirement = regexp.MustCompile(`(?m)^\t(\S+) v\S+$`)

func TestEveryDirectDependencyIsExplained(t *testing.T) {
	t.Parallel()
	module, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	decision := documents(t)["docs/adr/0011-libraries.md"]
	direct := requirement.FindAllStringSubmatch(string(module), -1)
	if len(direct) < 10 {
		t.Fatalf("only %d direct dependencies were read from go.mod", len(direct))
	}
	for _, found := range direct {
		if !strings.Contains(decision, "`"+found[1]+"`") {
			t.Errorf("docs/adr/0011-libraries.md does not say why %s is used", found[1])
		}
	}
}
