package cache

import "roster.example/roster/internal/directory"

// versions remember of what was changed lately which commit changed it last. What
// was changed long ago cannot be heard of late any more.
type versions struct {
	recent, before map[changed]directory.EventID
}

// changed is what can be changed in a list: a person's state and being, or a
// membership.
type changed struct {
	user directory.UserID
	org  directory.OrgID
}

// lately is how many changes are remembered, at least.
const lately = 10_000

// later leaves out the changes that were overtaken.
func (v *versions) later(version directory.EventID, all []listChange) []listChange {
	var rest []listChange
	for _, c := range all {
		what := changed{c.user, c.org}
		if version < v.of(what) || c.org != 0 && c.user != 0 && version < v.of(changed{user: -c.user}) {
			continue
		}
		v.put(what, version)
		if c.verb == gone {
			v.put(changed{user: -c.user}, version) // and all memberships
		}
		rest = append(rest, c)
	}
	return rest
}

func (v *versions) of(what changed) directory.EventID {
	if version, ok := v.recent[what]; ok {
		return version
	}
	return v.before[what]
}

func (v *versions) put(what changed, version directory.EventID) {
	if v.recent == nil || len(v.recent) >= lately {
		v.recent, v.before = map[changed]directory.EventID{}, v.recent
	}
	v.recent[what] = version
}
