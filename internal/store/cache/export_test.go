package cache

import "roster.example/roster/internal/model"

// Backend returns the wrapped store, which another node could write to.
func (s *Store) Backend() model.Store { return s.backend }

// Listed reports whether a list is cached. If it is not, it is loaded.
func (s *Store) Listed(f model.UserFilter, visibility model.Visibility) bool {
	_, ok := s.lists.page(f, visibility)
	return ok
}

// RoundTrip formats changes as messages and parses them again.
func RoundTrip(c Changes) (Changes, error) {
	var all changes
	for _, message := range (*changes)(&c).messages() {
		read, err := parseMessage(message)
		if err != nil {
			return Changes{}, err
		}
		all.tags = append(all.tags, read.tags...)
		all.orgs = all.orgs || read.orgs
		all.lists = append(all.lists, read.lists...)
		all.version, all.id = read.version, read.id
	}
	return Changes(all), nil
}

// Changes exports changes for tests.
type Changes changes

// Upsert adds a user to the lists.
func (c *Changes) Upsert(id model.UserID, s model.State) {
	c.lists = append(c.lists, listChange{op: opUpsert, user: id, state: s})
}

// Member adds or removes a member.
func (c *Changes) Member(org model.OrgID, id model.UserID, in bool) {
	l := listChange{op: opRemove, user: id, org: org}
	if in {
		l.op = opAdd
	}
	c.lists = append(c.lists, l)
}

// Delete removes a user.
func (c *Changes) Delete(id model.UserID) {
	c.lists = append(c.lists, listChange{op: opDelete, user: id})
}

// DeleteOrg removes an organization.
func (c *Changes) DeleteOrg(org model.OrgID) {
	c.lists = append(c.lists, listChange{op: opDeleteOrg, org: org})
}

// Invalidate adds the tag of a user, and organizations.
func (c *Changes) Invalidate(id model.UserID, orgs bool) {
	c.tags, c.orgs = append(c.tags, userTag(id)), c.orgs || orgs
}

// Trusted reports whether entries may be served.
func (s *Store) Trusted() bool { return s.trusted() }
