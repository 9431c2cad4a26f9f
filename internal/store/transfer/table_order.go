package transfer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// step is a table in its turn.
type step struct {
	Table
	// late are columns that refer to tables which have their turn later. They are
	// written as NULL at first.
	deferred []string
}

// order finds turns for tables in which none refers to one that is not there yet.
// Where tables refer to each other in a circle, an optional reference is left for
// later: an organization has a default role, and a role belongs to an organization.
func order(tables []Table) ([]step, error) {
	waiting := slices.SortedFunc(slices.Values(tables), func(a, b Table) int { return cmp.Compare(a.Name, b.Name) })
	var steps []step
	for len(waiting) > 0 {
		i := slices.IndexFunc(waiting, func(t Table) bool { return len(pendingReferences(t, waiting)) == 0 })
		if i < 0 {
			i = slices.IndexFunc(waiting, func(t Table) bool { return allOptional(pendingReferences(t, waiting)) })
		}
		if i < 0 {
			return nil, errors.New("the tables refer to each other in a circle that has no beginning")
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

// ahead are the references of a table to those that wait, itself among them: which
// of its own rows comes first nobody knows.
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

// agree finds out whether two schemas are the same, as far as rows go.
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
			return fmt.Errorf("the table %s is not the same on both sides; let one version of Roster open both", name)
		}
	}
	for name := range have {
		if _, ok := want[name]; !ok {
			return fmt.Errorf("the target has a table %s, which is none of Roster's; give Roster a database of its own", name)
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
