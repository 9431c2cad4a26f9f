package cache

import "roster.example/roster/internal/model"

// versions stores the version of the last change of recently changed list items. Older changes
// cannot arrive late any more.
type versions struct {
	recent, previous map[changeKey]model.EventID
}

// changeKey identifies an item of a list: a user with their state, or a membership.
type changeKey struct {
	user model.UserID
	org  model.OrgID
}

// recentMax is the minimum number of stored changes.
const recentMax = 10_000

// dropStale returns the changes without those that have a later version already.
func (v *versions) dropStale(version model.EventID, all []listChange) []listChange {
	var rest []listChange
	for _, c := range all {
		what := changeKey{c.user, c.org}
		if version < v.of(what) || c.org != 0 && c.user != 0 && version < v.of(changeKey{user: -c.user}) {
			continue
		}
		v.put(what, version)
		if c.op == opDelete {
			v.put(changeKey{user: -c.user}, version) // and all memberships
		}
		rest = append(rest, c)
	}
	return rest
}

func (v *versions) of(what changeKey) model.EventID {
	if version, ok := v.recent[what]; ok {
		return version
	}
	return v.previous[what]
}

func (v *versions) put(what changeKey, version model.EventID) {
	if v.recent == nil || len(v.recent) >= recentMax {
		v.recent, v.previous = map[changeKey]model.EventID{}, v.recent
	}
	v.recent[what] = version
}
