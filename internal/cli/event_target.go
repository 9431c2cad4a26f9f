package cli

import (
	"fmt"
	"slices"
	"strings"

	"roster.example/roster/internal/decimal"
	"roster.example/roster/internal/model"
)

// parseTarget parses KIND or KIND:ID; the id is 0 for all objects of that kind.
func parseTarget(text string) (kind string, id int64, err error) {
	kind, number, one := strings.Cut(text, ":")
	if text != "" && !slices.Contains(model.Targets(), kind) {
		return "", 0, usageError(fmt.Sprintf("--target: no events have the target %q; targets are: %s", kind, strings.Join(model.Targets(), ", ")))
	}
	if !one {
		return kind, 0, nil
	}
	id, valid := decimal.ParseID(number)
	if !valid {
		return "", 0, usageError("--target takes a kind of object, or a kind and an id, such as key:3")
	}
	return kind, id, nil
}

// checkVerbs rejects verbs that no event has. A prefix with a dot at its end stands for all its
// verbs.
func checkVerbs(flag string, verbs ...model.Verb) error {
	for _, v := range verbs {
		if len(v.Matching()) == 0 {
			return usageError(fmt.Sprintf("%s: no event has the verb %q; %s", flag, v, verbHint(v)))
		}
	}
	return nil
}

// verbHint lists the verbs that may have been meant.
func verbHint(v model.Verb) string {
	noun, _, _ := strings.Cut(string(v), ".")
	if of := model.Verb(noun + ".").Matching(); len(of) > 0 {
		return "the verbs are: " + joinVerbs(of)
	}
	var nouns []model.Verb
	for _, v := range model.Verbs() {
		noun, _, _ := strings.Cut(string(v), ".")
		nouns = append(nouns, model.Verb(noun+"."))
	}
	return "verbs begin with: " + joinVerbs(slices.Compact(slices.Sorted(slices.Values(nouns))))
}

func joinVerbs(verbs []model.Verb) string {
	words := make([]string, 0, len(verbs))
	for _, v := range verbs {
		words = append(words, string(v))
	}
	return strings.Join(words, ", ")
}

// splitWords splits a text at commas and spaces.
func splitWords[T ~string](text string) []T {
	words := []T{}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		words = append(words, T(word))
	}
	return words
}
