package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/model"
)

// allValues returns all flags and arguments, by command and name.
func allValues(t *testing.T) map[string]*kong.Value {
	t.Helper()
	parser, err := kong.New(&commandLine{})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*kong.Value{}
	walk(parser.Model.Node, nil, func(node *kong.Node, path []string) {
		command := strings.Join(path, " ")
		for _, flag := range node.Flags {
			all[strings.TrimSpace(command+" --"+flag.Name)] = flag.Value
		}
		for _, argument := range node.Positional {
			all[command+" "+argument.Name] = argument
		}
	})
	return all
}

func TestClosedSetsOfValuesAreCompleted(t *testing.T) {
	t.Parallel()
	verb := func(text string) bool { return checkVerbs("", model.Verb(text)) == nil }
	for name, accepts := range map[string]func(string) bool{
		"events --verb":          verb,
		"webhook create --verbs": verb,
		"webhook update --verbs": verb,
		"events --target":        func(text string) bool { _, _, err := parseTarget(text); return err == nil },
		"mail preview kind":      func(text string) bool { return slices.Contains(app.MailKinds(), text) },
		"token create --scopes":  func(text string) bool { return slices.Contains(model.AllScopes(), model.Scope(text)) },
		"role create --permissions": func(text string) bool {
			return slices.Contains(model.RolePermissions(), model.Permission(text))
		},
		"role update --permissions": func(text string) bool {
			return slices.Contains(model.RolePermissions(), model.Permission(text))
		},
		"project create --status": func(text string) bool {
			return slices.Contains(model.ProjectStatuses(), model.ProjectStatus(text))
		},
		"project update --status": func(text string) bool {
			return slices.Contains(model.ProjectStatuses(), model.ProjectStatus(text))
		},
		"--set": func(text string) bool {
			return slices.ContainsFunc(config.Settings(), func(s config.Setting) bool { return s.Name+"=" == text })
		},
	} {
		value := allValues(t)[name]
		if value == nil {
			t.Errorf("there is no %s", name)
			continue
		}
		values := knownValues(value)
		if len(values) < 3 {
			t.Errorf("%s completes %q", name, values)
		}
		for _, text := range values {
			if !accepts(text) {
				t.Errorf("%s completes %q, which it does not accept", name, text)
			}
		}
	}
}

// Flags with these placeholders have a closed set of values, so a new one needs an enum or the tag
// "values". A list has a comma in its placeholder.
func TestFlagsWithPlaceholdersOfClosedSetsAreCompleted(t *testing.T) {
	t.Parallel()
	closed := []string{"VERB", "KIND[:ID]", "PERMISSION", "SCOPE", "STATUS", "STATE", "FORMAT", "ORDER", "API", "NAME=VALUE"}
	found := 0
	for name, value := range allValues(t) {
		flag := value.Flag
		if flag == nil {
			continue
		}
		word, list := strings.CutSuffix(flag.PlaceHolder, ",...")
		if !slices.Contains(closed, word) {
			continue
		}
		found++
		if len(knownValues(value)) == 0 || isList(value) != list {
			t.Errorf("%s completes %q, as a list: %v", name, knownValues(value), isList(value))
		}
	}
	if found < 15 {
		t.Errorf("found %d flags", found)
	}
}

func TestEverySetOfValuesIsUsed(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for name, value := range allValues(t) {
		set := value.Tag.Get("values")
		if _, known := completionSets()[set]; set != "" && !known {
			t.Errorf("%s: there is no set %q", name, set)
		}
		used[set] = true
	}
	for set := range completionSets() {
		if !used[set] {
			t.Errorf("the set %q is not used", set)
		}
	}
}
