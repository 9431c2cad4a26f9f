package cache

import "roster.example/roster/internal/directory"

// Below is the store that another node would write to.
func (s *Store) Below() directory.Store { return s.below }

// Listed reports whether a list comes from memory; if not, it will.
func (s *Store) Listed(f directory.UserFilter, sight directory.Sight) bool {
	_, ok := s.lists.page(f, sight)
	return ok
}

// RoundTrip writes a random change down and reads it again.
func RoundTrip(c Changes) (Changes, error) {
	var all changes
	for _, note := range (*changes)(&c).notes() {
		read, err := readNote(note)
		if err != nil {
			return Changes{}, err
		}
		all.about = append(all.about, read.about...)
		all.orgs = all.orgs || read.orgs
		all.lists = append(all.lists, read.lists...)
		all.version, all.from = read.version, read.from
	}
	return Changes(all), nil
}

// Changes are changes, for tests.
type Changes changes

// Stands adds what lists go by.
func (c *Changes) Stands(id directory.UserID, s directory.State) {
	c.lists = append(c.lists, listChange{verb: stands, user: id, state: s})
}

// Member adds a member who came or went.
func (c *Changes) Member(org directory.OrgID, id directory.UserID, in bool) {
	l := listChange{verb: left, user: id, org: org}
	if in {
		l.verb = joined
	}
	c.lists = append(c.lists, l)
}

// Gone adds somebody who was deleted, and Dissolved an organization that was.
func (c *Changes) Gone(id directory.UserID) {
	c.lists = append(c.lists, listChange{verb: gone, user: id})
}
func (c *Changes) Dissolved(org directory.OrgID) {
	c.lists = append(c.lists, listChange{verb: dissolved, org: org})
}

// About adds a person's topic, and organizations.
func (c *Changes) About(id directory.UserID, orgs bool) {
	c.about, c.orgs = append(c.about, aboutUser(id)), c.orgs || orgs
}

// Trusted reports whether memory may answer.
func (s *Store) Trusted() bool { return s.trusted() }
