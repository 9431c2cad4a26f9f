package roster_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// namesAndWords returns the name of every file of the repository, and every word of its Go files.
func namesAndWords(t *testing.T) (names, words map[string]bool) {
	t.Helper()
	names, words = map[string]bool{}, map[string]bool{}
	word := regexp.MustCompile(`[A-Za-z]\w*`)
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && isForeignFolder(entry.Name()):
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		names[entry.Name()] = true
		if path.Ext(file) != ".go" || entry.Name() == "documents_names_test.go" {
			return nil
		}
		text, err := os.ReadFile(file)
		for _, w := range word.FindAllString(string(text), -1) {
			words[w] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, words
}

var (
	quoted     = regexp.MustCompile("`([^`\n]+)`")
	identifier = regexp.MustCompile(`^(?:\w+\.)*[A-Z]\w*[a-z]\w*(?:\.\w+)*(?:\(\))?$`)
	exported   = regexp.MustCompile(`[A-Z]\w*[a-z]\w*`)
	fileName   = regexp.MustCompile(`^\w+\.(?:go|txtar|sql|golden)$`)
)

// describesCode reports whether a document names identifiers and files of this repository only.
// Descriptions of products name those of the products.
func describesCode(document string) bool {
	switch document {
	case "ARCHITECTURE.md", "CONTRIBUTING.md", "README.md":
		return true
	}
	return path.Dir(document) == "docs" || path.Dir(document) == "docs/adr"
}

// A document that names a type, a function, a test or a file that was renamed misleads.
func TestNamesInDocumentsExist(t *testing.T) {
	t.Parallel()
	names, words := namesAndWords(t)
	for document, text := range documents(t) {
		if !describesCode(document) {
			continue
		}
		for _, found := range quoted.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			name := found[1]
			if fileName.MatchString(name) && !names[name] && strings.ToLower(name) == name {
				t.Errorf("%s names the file %s, which does not exist", document, name)
			}
			if !identifier.MatchString(name) {
				continue
			}
			for _, w := range exported.FindAllString(name, -1) {
				if !words[w] {
					t.Errorf("%s names %s, and no Go file contains %s", document, name, w)
				}
			}
		}
	}
}

// Paths in ARCHITECTURE.md begin at the root or in internal. Words in capitals stand for any name.
func TestPathsInArchitectureExist(t *testing.T) {
	t.Parallel()
	text := fence.ReplaceAllString(documents(t)["ARCHITECTURE.md"], "")
	for _, found := range quoted.FindAllStringSubmatch(text, -1) {
		name := found[1]
		if !strings.Contains(name, "/") || strings.HasPrefix(name, "/") || strings.ContainsAny(name, " *{") {
			continue
		}
		dir, file := path.Split(name)
		if strings.ToLower(file) != file {
			name = dir // NOUN.go
		}
		if _, err := os.Stat(name); err == nil {
			continue
		}
		if _, err := os.Stat(path.Join("internal", name)); err != nil {
			t.Errorf("ARCHITECTURE.md names %s, which does not exist", found[1])
		}
	}
}

// packageLine is a line of the tree of packages: the indentation, and folders separated by spaces.
var packageLine = regexp.MustCompile(`^( *)((?:[\w/]+/ ?)+)(?: {2,}|$)`)

func TestPackagesInArchitectureExist(t *testing.T) {
	t.Parallel()
	_, tree, _ := strings.Cut(documents(t)["ARCHITECTURE.md"], "## Packages\n\n```\n")
	tree, _, _ = strings.Cut(tree, "```")
	above := map[int]string{-2: "."} // the last folder of each indentation
	listed := map[string]bool{}
	for line := range strings.Lines(tree) {
		m := packageLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			t.Errorf("not a line of the tree: %s", line)
			continue
		}
		for _, folder := range strings.Fields(m[2]) {
			folder = path.Join(above[len(m[1])-2], folder)
			above[len(m[1])] = folder
			if _, err := os.Stat(folder); err != nil {
				t.Errorf("ARCHITECTURE.md lists %s, which does not exist", folder)
			}
			listed[folder] = true
		}
	}
	folders, err := os.ReadDir("internal")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if name := path.Join("internal", folder.Name()); folder.IsDir() && !listed[name] {
			t.Errorf("ARCHITECTURE.md does not list %s", name)
		}
	}
}
