package lookup

import (
	"slices"
	"strconv"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// Kind is a way to identify an object, with the prefix that selects it, as in "id:329".
type Kind[T any] struct {
	Prefix string
	Find   func(tx model.Reader, actor model.Actor, text string) ([]T, error)
}

// Match is an object that a text identifies in the way of the prefix.
type Match[T any] struct {
	Prefix string
	Value  T
}

// Single converts the result of a lookup that finds at most one object.
func Single[T any](value T, err error) ([]T, error) {
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	return []T{value}, err
}

// Select returns the kind that the prefix of text selects, and text without the prefix; all
// kinds if there is no such prefix.
func Select[T any](text string, kinds []Kind[T]) ([]Kind[T], string) {
	prefix, rest, _ := strings.Cut(text, ":")
	at := slices.IndexFunc(kinds, func(k Kind[T]) bool { return k.Prefix == prefix })
	if at < 0 || len(rest) == len(text)-len(prefix) {
		return kinds, text
	}
	return kinds[at : at+1], rest
}

// Matches returns the objects that text identifies in each way.
func Matches[T any](tx model.Reader, actor model.Actor, text string, kinds []Kind[T]) ([]Match[T], error) {
	var all []Match[T]
	for _, kind := range kinds {
		found, err := kind.Find(tx, actor, text)
		if err != nil {
			return nil, err
		}
		for _, value := range found {
			all = append(all, Match[T]{kind.Prefix, value})
		}
	}
	return all, nil
}

// Only returns the one object in found. Several objects are a Conflict that lists them by
// label.
func Only[T any](noun, text string, found []Match[T], describe func(T) (id int64, label string)) (T, error) {
	var none T
	var ids []int64
	var names []string
	for _, m := range found {
		id, label := describe(m.Value)
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
			names = append(names, m.Prefix+":"+text+" ("+label+")")
		}
	}
	switch len(names) {
	case 0:
		return none, fault.Missing(noun)
	case 1:
		return found[0].Value, nil
	}
	return none, Ambiguous(noun, text, names)
}

// Ambiguous returns the error for a text that matches all of names.
func Ambiguous(field, text string, names []string) *fault.Error {
	return fault.NewText(fault.Conflict, fault.Textf("{text} names more than one {noun}: {names}; write the one you mean with its prefix",
		"text", strconv.Quote(text), "noun", field, "names", strings.Join(names, " and ")), fault.Field{Name: field, Code: fault.Ambiguous})
}

// InList returns a way to identify an object in a list.
func InList[T any](prefix string, all []T, matches func(T, string) bool) Kind[T] {
	return Kind[T]{prefix, func(_ model.Reader, _ model.Actor, text string) ([]T, error) {
		return slices.DeleteFunc(slices.Clone(all), func(value T) bool { return !matches(value, text) }), nil
	}}
}

// Named returns the one object of a list that text identifies.
func Named[T any](noun, text string, idOf func(T) int64, kinds ...Kind[T]) (T, error) {
	kinds, text = Select(text, kinds)
	found, err := Matches(nil, model.Actor{}, text, kinds)
	if err != nil {
		var none T
		return none, err
	}
	return Only(noun, text, found, func(value T) (int64, string) { return idOf(value), "id:" + strconv.FormatInt(idOf(value), 10) })
}
