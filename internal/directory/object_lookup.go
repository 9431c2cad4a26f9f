package directory

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

// lookupKind is a way to identify an object, with the prefix that selects it, as in "id:329".
type lookupKind[T any] struct {
	prefix string
	find   func(tx model.Reader, actor model.Actor, text string) ([]T, error)
}

// match is an object that a text identifies in the way of the prefix.
type match[T any] struct {
	prefix string
	value  T
}

// single converts the result of a lookup that finds at most one object.
func single[T any](value T, err error) ([]T, error) {
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	return []T{value}, err
}

// selectKind returns the kind that the prefix of text selects, and text without the prefix; all
// kinds if there is no such prefix.
func selectKind[T any](text string, kinds []lookupKind[T]) ([]lookupKind[T], string) {
	prefix, rest, _ := strings.Cut(text, ":")
	at := slices.IndexFunc(kinds, func(k lookupKind[T]) bool { return k.prefix == prefix })
	if at < 0 || len(rest) == len(text)-len(prefix) {
		return kinds, text
	}
	return kinds[at : at+1], rest
}

// matchesOf returns the objects that text identifies in each way.
func matchesOf[T any](tx model.Reader, actor model.Actor, text string, kinds []lookupKind[T]) ([]match[T], error) {
	var all []match[T]
	for _, kind := range kinds {
		found, err := kind.find(tx, actor, text)
		if err != nil {
			return nil, err
		}
		for _, value := range found {
			all = append(all, match[T]{kind.prefix, value})
		}
	}
	return all, nil
}

// onlyMatch returns the one object in found. Several objects are a Conflict that lists them by
// label.
func onlyMatch[T any](noun, text string, found []match[T], describe func(T) (id int64, label string)) (T, error) {
	var none T
	var ids []int64
	var names []string
	for _, m := range found {
		id, label := describe(m.value)
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
			names = append(names, m.prefix+":"+text+" ("+label+")")
		}
	}
	switch len(names) {
	case 0:
		return none, fault.Missing(noun)
	case 1:
		return found[0].value, nil
	}
	return none, ambiguous(noun, text, names)
}

// ambiguous returns the error for a text that matches all of names.
func ambiguous(field, text string, names []string) *fault.Error {
	return fault.New(fault.Conflict, strconv.Quote(text)+" names more than one "+field+": "+strings.Join(names, " and ")+"; write the one you mean with its prefix",
		fault.Field{Name: field, Code: fault.Ambiguous})
}

// inList returns a way to identify an object in a list.
func inList[T any](prefix string, all []T, matches func(T, string) bool) lookupKind[T] {
	return lookupKind[T]{prefix, func(_ model.Reader, _ model.Actor, text string) ([]T, error) {
		return slices.DeleteFunc(slices.Clone(all), func(value T) bool { return !matches(value, text) }), nil
	}}
}

// RoleNamed returns the role of an organization that text identifies: an id or a name. The
// prefixes id: and name: select one of them.
func (d *Directory) RoleNamed(ctx context.Context, actor model.Actor, org model.OrgID, text string) (model.Role, error) {
	roles, err := d.Roles(ctx, actor, org)
	if err != nil {
		return model.Role{}, err
	}
	return named("role", text, func(r model.Role) int64 { return int64(r.ID) },
		inList("id", roles, func(r model.Role, text string) bool { return fmt.Sprint(r.ID) == text }),
		inList("name", roles, func(r model.Role, text string) bool { return unitext.Fold(r.Name) == unitext.Fold(text) }))
}

// ProjectNamed returns the project of an organization that text identifies: a permalink, an id or
// a name. The prefixes permalink:, id: and name: select one of them. Several projects may have one
// name.
func (d *Directory) ProjectNamed(ctx context.Context, actor model.Actor, org model.OrgID, text string) (model.Project, error) {
	projects, err := d.Projects(ctx, actor, org)
	if err != nil {
		return model.Project{}, err
	}
	return named("project", text, func(p model.Project) int64 { return int64(p.ID) },
		inList("permalink", projects, func(p model.Project, text string) bool { return p.Permalink == text }),
		inList("id", projects, func(p model.Project, text string) bool { return fmt.Sprint(p.ID) == text }),
		inList("name", projects, func(p model.Project, text string) bool { return unitext.Fold(p.Name) == unitext.Fold(text) }))
}

// named returns the one object of a list that text identifies.
func named[T any](noun, text string, idOf func(T) int64, kinds ...lookupKind[T]) (T, error) {
	kinds, text = selectKind(text, kinds)
	found, err := matchesOf(nil, model.Actor{}, text, kinds)
	if err != nil {
		var none T
		return none, err
	}
	return onlyMatch(noun, text, found, func(value T) (int64, string) { return idOf(value), "id:" + strconv.FormatInt(idOf(value), 10) })
}
