package e2e

// doorTable are the rows of what other programs ask, and of published keys, which
// everybody may read where the server publishes any.
func doorTable() []rule {
	const hidden = "401 200 200 200 200 401 401" // strangers get an empty answer: see TestKeysOfHiddenUsersAreNotListed
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

// orgMembersOnly tells strangers that they may not come in, and nothing of the organization.
const orgMembersOnly = "401 200 200 403 200 401 401"
