package cache

import "roster.example/roster/internal/directory"

// Weights are about what facts take in memory, in bytes. It is enough that no fact
// is much heavier than it says.

// weigh is that of a person.
func weigh(u directory.User) uint32 {
	n := 600 + len(u.Username) + len(u.Bio) + len(u.WebsiteURL) + len(u.Company) + 2*len(u.Name) + len(u.Written.Provider) + len(u.Written.ExternalUID)
	n += 160*len(u.Emails) + 100*len(u.Identities)
	return uint32(n)
}

// small is that of what has about the same size always.
func small[T any](T) int { return overhead }

// eachOf is that of a list.
func eachOf[T any](weigh func(T) int) func([]T) int {
	return func(all []T) int {
		n := overhead
		for _, one := range all {
			n += weigh(one)
		}
		return n
	}
}

func weighRole(r directory.Role) int { return 128 + len(r.Name) + 32*len(r.Permissions) }

func weighMembership(m directory.Membership) int {
	return 256 + len(m.Organization.Name) + weighRole(m.Role)
}

func weighProject(p directory.Project) int {
	return 256 + len(p.Name) + len(p.Permalink) + len(p.Group) + len(p.Overview) + len(p.StartPage)
}

func weighAssignments(all map[directory.UserID][]directory.Project) int {
	n := overhead
	for _, projects := range all {
		n += eachOf(weighProject)(projects)
	}
	return n
}

func weighKey(k directory.SSHKey) int {
	return 320 + len(k.Title) + len(k.Public) + len(k.Comment)
}

func weighWebhook(h directory.Webhook) int {
	return 320 + len(h.URL) + len(h.Description) + 32*len(h.Verbs) + len(h.Sealed)
}
