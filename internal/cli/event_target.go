package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"roster.example/roster/internal/directory"
)

// parseTarget reads KIND or KIND:ID; the id is 0 for all of that kind.
func parseTarget(text string) (kind string, id int64, err error) {
	kind, number, one := strings.Cut(text, ":")
	if text != "" && !slices.Contains(directory.Targets(), kind) {
		return "", 0, usageError(fmt.Sprintf("--target: events are about no %q, but about: %s", kind, strings.Join(directory.Targets(), ", ")))
	}
	if !one {
		return kind, 0, nil
	}
	if id, err = strconv.ParseInt(number, 10, 64); err != nil || id < 1 || number != strconv.FormatInt(id, 10) {
		return "", 0, usageError("--target takes a kind of thing, or one thing by its number, such as key:3")
	}
	return kind, id, nil
}

// checkVerbs wants verbs that events have, or nouns of theirs with a dot at the end.
func checkVerbs(flag string, verbs ...directory.Verb) error {
	for _, v := range verbs {
		if len(v.Matching()) == 0 {
			return usageError(fmt.Sprintf("%s: no event has the verb %q; %s", flag, v, verbHint(v)))
		}
	}
	return nil
}

// knownVerbs says which verbs a mistyped one could have been.
func verbHint(v directory.Verb) string {
	noun, _, _ := strings.Cut(string(v), ".")
	if of := directory.Verb(noun + ".").Matching(); len(of) > 0 {
		return "there are: " + joinVerbs(of)
	}
	var nouns []directory.Verb
	for _, v := range directory.Verbs() {
		noun, _, _ := strings.Cut(string(v), ".")
		nouns = append(nouns, directory.Verb(noun+"."))
	}
	return "they begin with: " + joinVerbs(slices.Compact(slices.Sorted(slices.Values(nouns))))
}

func joinVerbs(verbs []directory.Verb) string {
	words := make([]string, 0, len(verbs))
	for _, v := range verbs {
		words = append(words, string(v))
	}
	return strings.Join(words, ", ")
}

// split reads words with commas or spaces between them.
func splitWords[T ~string](text string) []T {
	words := []T{}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		words = append(words, T(word))
	}
	return words
}
