package e2e

// integrationTable returns the rows of forward authentication and of SSH keys. If the server publishes
// keys, every caller may read them.
func integrationTable() []rule {
	const hidden = "401 200 200 200 200 401 401" // non-members get an empty list: see TestKeysOfHiddenUsersAreNotListed
	rows := []rule{
		{route: "GET /api/v1/ssh-keys/{username}", path: "/api/v1/ssh-keys/{name}", statuses: hidden},
		{route: "GET /{username}.keys", path: "/{name}.keys", statuses: everyone},
		{route: "GET /users/{username}.keys", path: "/users/{name}.keys", statuses: everyone},
	}
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		rows = append(rows, rule{
			route: method + " /api/v1/forward-auth", path: "/api/v1/forward-auth?organization=home&permission=users.read", statuses: orgMembersOnly,
		})
	}
	return rows
}

// orgMembersOnly: users without a role in the organization get 403, which reveals nothing about it.
const orgMembersOnly = "401 200 200 403 200 401 401"
