package transfer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// step is the copy of one table.
type step struct {
	Table
	// deferred are columns that reference tables which are copied later. They are
	// written as NULL at first.
	deferred []string
}

// order sorts tables so that each comes after those that it references.
// If tables reference each other in a circle, an optional reference is deferred:
// an organization has a default role, and a role belongs to an organization.
func order(tables []Table) ([]step, error) {
	waiting := slices.SortedFunc(slices.Values(tables), func(a, b Table) int { return cmp.Compare(a.Name, b.Name) })
	var steps []step
	for len(waiting) > 0 {
		i := slices.IndexFunc(waiting, func(t Table) bool { return len(pendingReferences(t, waiting)) == 0 })
		if i < 0 {
			i = slices.IndexFunc(waiting, func(t Table) bool { return allOptional(pendingReferences(t, waiting)) })
		}
		if i < 0 {
			return nil, errors.New("the tables reference each other in a circle without an optional reference")
		}
		var late []string
		for _, r := range pendingReferences(waiting[i], waiting) {
			late = append(late, r.Column)
		}
		steps = append(steps, step{waiting[i], late})
		waiting = slices.Delete(waiting, i, i+1)
	}
	return steps, nil
}

// pendingReferences returns the references of a table to tables that were not copied yet. The table itself is
// one of them, because the order of its own rows is unknown.
func pendingReferences(t Table, waiting []Table) (references []Reference) {
	for _, r := range t.References {
		if slices.ContainsFunc(waiting, func(w Table) bool { return w.Name == r.Table }) {
			references = append(references, r)
		}
	}
	return references
}

func allOptional(references []Reference) bool {
	return !slices.ContainsFunc(references, func(r Reference) bool { return !r.Optional })
}

// sameSchemas returns an error unless both databases have the same tables and columns.
func sameSchemas(from, to []Table) error {
	byName := func(tables []Table) map[string]Table {
		named := map[string]Table{}
		for _, t := range tables {
			named[t.Name] = t
		}
		return named
	}
	have, want := byName(to), byName(from)
	for name, t := range want {
		if other, ok := have[name]; !ok || !sameColumns(t, other) {
			return fmt.Errorf("the table %s is not the same in both databases; open both with the same version of Roster", name)
		}
	}
	for name := range have {
		if _, ok := want[name]; !ok {
			return fmt.Errorf("the target has a table %s that does not belong to Roster; use a separate database for Roster", name)
		}
	}
	return nil
}

func sameColumns(a, b Table) bool {
	return slices.Equal(sorted(a.Columns), sorted(b.Columns)) && slices.Equal(a.Key, b.Key) && a.HasSequence == b.HasSequence
}

func sorted(columns []Column) []Column {
	return slices.SortedFunc(slices.Values(columns), func(a, b Column) int { return cmp.Compare(a.Name, b.Name) })
}
