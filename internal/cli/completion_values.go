package cli

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/model"
)

// completionSets returns the values of flags and arguments that another package checks. A field
// names its set with the tag "values". With the tag "list" it takes several, separated by commas.
func completionSets() map[string][]string {
	return map[string][]string{
		"emails":      app.MailKinds(),
		"permissions": texts(model.RolePermissions()),
		"scopes":      texts(model.AllScopes()),
		"settings":    settingNames(),
		"statuses":    texts(model.ProjectStatuses()),
		"targets":     model.Targets(),
		"verbs":       verbsAndPrefixes(),
	}
}

func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = string(value)
	}
	return all
}

// verbsAndPrefixes returns all verbs, and the prefixes that stand for several of them.
func verbsAndPrefixes() []string {
	all := texts(model.Verbs())
	for _, verb := range model.Verbs() {
		noun, _, _ := strings.Cut(string(verb), ".")
		all = append(all, noun+".")
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func settingNames() []string {
	var names []string
	for _, s := range config.Settings() {
		names = append(names, s.Name+"=")
	}
	return names
}

// knownValues lists the values of a flag or argument, without the empty one. It is empty if the
// values are not a closed set.
func knownValues(value *kong.Value) []string {
	if set := value.Tag.Get("values"); set != "" {
		return completionSets()[set]
	}
	if value.Enum == "" {
		return nil
	}
	return slices.DeleteFunc(value.EnumSlice(), func(choice string) bool { return choice == "" })
}

// isList reports whether a flag takes several of its values, separated by commas.
func isList(value *kong.Value) bool { return value.Tag.Has("list") }
