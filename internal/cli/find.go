package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// lookup is a way to name an item. A prefix selects it: "id:5".
type lookup[T any] struct {
	prefix  string
	matches func(thing T, text string) bool
}

// errNoMatch reports that a text names no item.
var errNoMatch = errors.New("nothing has this name")

// findOne returns the item that text names in one of the ways. A text that names several items
// is an error, so that a command never changes the wrong one.
func findOne[T any](kind, text string, ways []lookup[T], idOf func(T) int64, all []T) (T, error) {
	var zero T
	if prefix, rest, found := strings.Cut(text, ":"); found {
		at := slices.IndexFunc(ways, func(w lookup[T]) bool { return w.prefix == prefix })
		if at >= 0 {
			ways, text = ways[at:at+1], rest
		}
	}
	var found []T
	var names []string
	for _, way := range ways {
		for _, thing := range all {
			if !way.matches(thing, text) || slices.ContainsFunc(found, func(other T) bool { return idOf(other) == idOf(thing) }) {
				continue
			}
			found = append(found, thing)
			names = append(names, fmt.Sprintf("%s:%s (id:%d)", way.prefix, text, idOf(thing)))
		}
	}
	switch len(found) {
	case 0:
		return zero, errNoMatch
	case 1:
		return found[0], nil
	}
	return zero, fmt.Errorf("%q names more than one %s: %s; write the one you mean with its prefix", text, kind, strings.Join(names, " and "))
}
