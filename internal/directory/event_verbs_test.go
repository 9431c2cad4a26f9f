package directory_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/model"
)

var quoted = regexp.MustCompile("`([^`]+)`")

// documentedVerbs reads the table of docs/events.md: nouns in the first column, their verbs in
// the second, the groups of several nouns parted by semicolons.
func documentedVerbs(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| Begins with | Verbs |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var verbs []string
	for _, line := range strings.Split(table, "\n")[1:] {
		cells := strings.Split(line, "|")
		groups := strings.Split(cells[2], ";")
		for i, noun := range quoted.FindAllStringSubmatch(cells[1], -1) {
			for _, verb := range quoted.FindAllStringSubmatch(groups[i], -1) {
				verbs = append(verbs, noun[1]+verb[1])
			}
		}
	}
	slices.Sort(verbs)
	return verbs
}

func TestEveryVerbIsDocumented(t *testing.T) {
	t.Parallel()
	var want []string
	for _, v := range model.Verbs() {
		want = append(want, string(v))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, documentedVerbs(t)); diff != "" {
		t.Errorf("docs/events.md (-verbs +page):\n%s", diff)
	}
}
