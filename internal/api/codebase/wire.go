package codebase

import (
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// user is a directory user as an object whose values are in the same struct: each value on its own
// would be an allocation.
type user struct {
	object
	members                                   [12]member
	company, key, address, timeZone, username optional
	id                                        integer
	family, given                             text
	assignments                               array
}

// newUser has the members of the seed in their order.
func newUser(u *model.User, projects []model.Project, key secret.Text) value {
	v := &user{
		company: optional(u.Company), key: optional(key.Reveal()), address: optional(u.Primary().Address),
		timeZone: optional(u.TimeZone), username: optional(u.Username),
		id: integer(u.ID), family: text(u.FamilyName), given: text(u.GivenName), assignments: array{element: "assignment"},
	}
	for _, p := range projects {
		v.assignments.items = append(v.assignments.items, newAssignment(p))
	}
	v.members = [...]member{
		{"company", &v.company},
		{"access-level", absent{}},     // legacy, according to the seed
		{"last-activity-at", absent{}}, // not recorded, according to the seed
		{"api-key", &v.key},
		{"email-address", &v.address},
		{"id", &v.id},
		{"last-name", &v.family},
		{"first-name", &v.given},
		{"time-zone", &v.timeZone},
		{"username", &v.username},
		{"assignments", &v.assignments},
		{"enabled", boolean(u.State != model.Blocked)},
	}
	v.object = v.members[:]
	return v
}

// newAssignment is a project in the list of a user. group-id has the name of the group; it is
// empty, not absent, if there is no group, as in the sample of the seed.
func newAssignment(p model.Project) object {
	return object{
		{"group-id", text(p.Group)},
		{"icon", integer(p.Icon)},
		{"name", text(p.Name)},
		{"overview", optional(p.Overview)},
		{"start-page", text(p.StartPage)},
		{"status", text(p.Status)},
		{"permalink", text(p.Permalink)},
	}
}

// newProject returns a project in the list of an account (docs/products/codebase.md, 5.6). Clients
// require the numbers of tickets, which are always 0.
func newProject(p model.Project) object {
	return append(newAssignment(p), object{
		{"project-id", integer(p.ID)}, {"total-tickets", integer(0)}, {"open-tickets", integer(0)}, {"closed-tickets", integer(0)},
	}...)
}

// newAssignee is a user in the list of a project (docs/products/codebase.md, 5.5).
func newAssignee(u model.User) object {
	addresses := array{element: "email-address"}
	for _, e := range u.Emails {
		addresses.items = append(addresses.items, text(e.Address))
	}
	return object{
		{"company", optional(u.Company)},
		{"email-address", optional(u.Primary().Address)},
		{"email-addresses", addresses},
		{"first-name", text(u.GivenName)},
		{"id", integer(u.ID)},
		{"last-name", text(u.FamilyName)},
		{"username", optional(u.Username)},
	}
}

// newRole has the members of the seed in their order.
func newRole(r model.Role) object {
	permissions := array{element: "permission"}
	for _, p := range r.Permissions {
		permissions.items = append(permissions.items, text(p))
	}
	return object{
		{"name", text(r.Name)},
		{"id", integer(r.ID)},
		{"default", boolean(r.Default)},
		{"permissions", permissions},
	}
}

// newPublicKey is an SSH key without comment.
func newPublicKey(k model.SSHKey) object {
	return object{{"description", text(k.Title)}, {"key", text(k.Public)}}
}
