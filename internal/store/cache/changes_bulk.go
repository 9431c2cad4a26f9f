package cache

import "roster.example/roster/internal/model"

// AddUsers adds new users, which cannot be cached yet. It invalidates each organization once,
// because there are many users.
func (w writer) AddUsers(people []model.NewUserRecord) error {
	return w.record(w.Writer.AddUsers(people), func(c *changes) {
		grown := map[model.OrgID]bool{}
		for _, p := range people {
			c.addList(listChange{op: opUpsert, user: p.User.ID, state: p.User.State})
			for _, m := range p.Members {
				grown[m.Org] = true
				c.addList(listChange{op: opAdd, user: m.User, org: m.Org})
			}
		}
		for org := range grown {
			c.tags = append(c.tags, membersTag(org))
		}
	})
}
