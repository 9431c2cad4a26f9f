package cache

import "roster.example/roster/internal/directory"

// AddPeople adds people of whom nothing can be in memory yet. They are many, so
// each organization that grows is noted once.
func (w writer) AddPeople(people []directory.Newcomer) error {
	return w.after(w.Writer.AddPeople(people), func(c *changes) {
		grown := map[directory.OrgID]bool{}
		for _, p := range people {
			c.list(listChange{verb: stands, user: p.User.ID, state: p.User.State})
			for _, m := range p.Members {
				grown[m.Org] = true
				c.list(listChange{verb: joined, user: m.User, org: m.Org})
			}
		}
		for org := range grown {
			c.about = append(c.about, aboutMembers(org))
		}
	})
}
