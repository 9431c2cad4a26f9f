package cache

import "roster.example/roster/internal/model"

// Sizes are approximate, in bytes. It is enough that no value is much larger than its size.

// sizeOfUser returns the size of a user.
func sizeOfUser(u model.User) uint32 {
	n := 600 + len(u.Username) + len(u.Bio) + len(u.WebsiteURL) + len(u.Company) + 2*len(u.Name) + len(u.LastIdentity.Provider) + len(u.LastIdentity.ExternalUID)
	n += 160*len(u.Emails) + 100*len(u.Identities)
	return uint32(n)
}

// fixedSize returns the size of values that are all about as large.
func fixedSize[T any](T) int { return overhead }

// sizeOfEach returns the size of a list.
func sizeOfEach[T any](sizeOf func(T) int) func([]T) int {
	return func(all []T) int {
		n := overhead
		for _, one := range all {
			n += sizeOf(one)
		}
		return n
	}
}

func sizeOfRole(r model.Role) int { return 128 + len(r.Name) + 32*len(r.Permissions) }

func sizeOfMembership(m model.Membership) int {
	return 256 + len(m.Organization.Name) + sizeOfRole(m.Role)
}

func sizeOfProject(p model.Project) int {
	return 256 + len(p.Name) + len(p.Permalink) + len(p.Group) + len(p.Overview) + len(p.StartPage)
}

func sizeOfAssignments(all map[model.UserID][]model.Project) int {
	n := overhead
	for _, projects := range all {
		n += sizeOfEach(sizeOfProject)(projects)
	}
	return n
}

func sizeOfKey(k model.SSHKey) int {
	return 320 + len(k.Title) + len(k.Public) + len(k.Comment)
}

func sizeOfWebhook(h model.Webhook) int {
	return 320 + len(h.URL) + len(h.Description) + 32*len(h.Verbs) + len(h.Sealed)
}
