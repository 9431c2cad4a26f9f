package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// allCommands lists the words of each command and group, and an empty list for the root.
func allCommands(node *kong.Node, before ...string) [][]string {
	all := [][]string{before}
	for _, child := range node.Children {
		all = append(all, allCommands(child, append(slices.Clone(before), child.Name)...)...)
	}
	return all
}

// Users copy help texts into shells, which know straight quotes only. kong replaces two quotes in a row
// by others.
func TestHelpTextsArePrintedWithStraightQuotes(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commandLine{})
	if err != nil {
		t.Fatal(err)
	}
	commands := allCommands(parser.Model.Node)
	if len(commands) < 40 {
		t.Fatalf("found only %d commands", len(commands))
	}
	for _, words := range commands {
		var out, complaints bytes.Buffer
		status := Run(t.Context(), append(words, "--help"), nil, strings.NewReader(""), &out, &complaints)
		if status != 0 || out.Len() == 0 || complaints.Len() > 0 {
			t.Errorf("roster %s --help: status %d, %s", strings.Join(words, " "), status, &complaints)
		}
		for text := range strings.Lines(out.String()) {
			if strings.ContainsAny(text, "\u2018\u2019\u201c\u201d") {
				t.Errorf("roster %s --help: %s", strings.Join(words, " "), text)
			}
		}
	}
}
