package e2e

import (
	"fmt"
	"strings"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/role"
	"roster.example/roster/internal/webhook"
)

// Common rows of the native API.
const (
	created        = "401 201 201 201 201 401 401"
	adminCreates   = "401 403 403 403 201 401 401"
	adminsHidden   = "401 404 404 404 200 401 401" // records of other users are not found
	adminsRemove   = "401 404 404 404 204 401 401"
	gone204        = "401 204 204 204 204 401 401"
	alwaysNotFound = "401 404 404 404 404 401 401" // it belongs to no user
	orgMembers     = "401 200 200 404 200 401 401"
	orgAdminsOnly  = "401 403 200 404 200 401 401"
	sessionsOnly   = "401 403 403 403 403 401 401" // all callers of the table have tokens
)

// nativeTable returns the rows of users and their records.
func nativeTable() []rule {
	rows := []rule{
		{route: "GET /api/v1/me", statuses: known},
		{route: "PATCH /api/v1/me", body: `{"bio":"changed"}`, statuses: known},
		{route: "POST /api/v1/me/api-key", statuses: "401 201 201 201 201 401 401"},
		{route: "PUT /api/v1/me/password", body: `{"current_password":"wrong","new_password":"long enough 1"}`, statuses: "401 400 400 400 400 401 401"},
		{route: "GET /api/v1/me/organizations", statuses: known},
		{route: "GET /api/v1/me/erasure", statuses: known},
		{route: "POST /api/v1/me/erase", body: `{"confirm_username":"wrong"}`, statuses: sessionsOnly},
		{route: "GET /api/v1/me/preferences", statuses: known},
		{route: "PATCH /api/v1/me/preferences", body: `{"theme":"dark"}`, statuses: known},
		{route: "POST /api/v1/me/authenticators/totp", statuses: sessionsOnly},
		{route: "POST /api/v1/me/authenticators/totp/confirm", body: `{"ceremony":"{fresh}","code":"000000"}`, statuses: sessionsOnly},
		{route: "POST /api/v1/me/authenticators/passkeys", statuses: sessionsOnly},
		{route: "POST /api/v1/me/authenticators/passkeys/confirm", body: `{"ceremony":"{fresh}","response":{}}`, statuses: sessionsOnly},
		{route: "PATCH /api/v1/me/authenticators/{number}", path: "/api/v1/me/authenticators/1", body: `{"name":"{fresh}"}`, statuses: sessionsOnly},
		{route: "DELETE /api/v1/me/authenticators/{number}", path: "/api/v1/me/authenticators/1", statuses: sessionsOnly},
		{route: "POST /api/v1/me/recovery-codes", statuses: sessionsOnly},
		{route: "DELETE /api/v1/users/{id}/authenticators", statuses: "401 403 403 403 204 401 401"},

		{route: "GET /api/v1/users", statuses: known},
		{route: "POST /api/v1/users", body: `{"username":"{fresh}"}`, statuses: adminCreates},
		{route: "GET /api/v1/users/{id}", statuses: orgMembers},
		{route: "PATCH /api/v1/users/{id}", body: `{"bio":"changed"}`, statuses: adminOnly},
		{route: "DELETE /api/v1/users/{id}", statuses: "401 403 403 403 204 401 401"},
		{route: "DELETE /api/v1/users/{id}/identities/{provider}", path: "/api/v1/users/{id}/identities/ldap", statuses: "401 403 403 403 204 401 401"},
		{route: "POST /api/v1/users/{id}/block", statuses: adminOnly},
		{route: "POST /api/v1/users/{id}/unblock", statuses: adminOnly},
		{route: "POST /api/v1/users/{id}/deactivate", statuses: adminsHidden},
		{route: "POST /api/v1/users/{id}/reactivate", statuses: adminOnly},
		{route: "POST /api/v1/users/{id}/erase", statuses: "401 403 403 403 204 401 401"},
		{route: "POST /api/v1/users/{id}/personal-data", statuses: adminsHidden},
		{route: "POST /api/v1/me/personal-data", statuses: known},
		{route: "GET /api/v1/users/dormant", path: "/api/v1/users/dormant?days=90", statuses: adminOnly},
		{route: "POST /api/v1/users/bulk", body: `{"operations":[{"op":"block","id":{id}}]}`, statuses: adminOnly},
		{route: "GET /api/v1/users/{id}/organizations", statuses: orgMembers},
		{route: "POST /api/v1/users/import", path: "/api/v1/users/import?name={fresh}", body: "username\n{fresh}\n", statuses: adminOnly},
		{route: "GET /api/v1/users/export", statuses: adminOnly},

		{route: "GET /api/v1/permissions", statuses: known},
		{route: "GET /api/v1/can", path: "/api/v1/can?permission=users.manage&user_id={id}", statuses: adminsHidden},
		{route: "GET /api/v1/statistics", statuses: adminOnly},
		{route: "GET /api/v1/emails/failed", statuses: adminOnly},
		{route: "POST /api/v1/emails/failed/{email}/resend", path: "/api/v1/emails/failed/1/resend", statuses: "401 403 403 403 404 401 401"},
		{route: "GET /api/v1/settings", statuses: adminOnly},
		{route: "GET /api/v1/reserved-names", statuses: adminOnly},
		{route: "DELETE /api/v1/reserved-names/{kind}/{name}", path: "/api/v1/reserved-names/username/none", statuses: "401 403 403 403 404 401 401"},
		{route: "GET /api/v1/keys", path: "/api/v1/keys?fingerprint=SHA256:none", statuses: alwaysNotFound},
		{route: "GET /api/v1/openapi.json", statuses: everyone},
		{route: "GET /docs", statuses: everyone},
		{route: "GET /docs/style.css", statuses: everyone},
		{route: "GET /docs/icon.svg", statuses: everyone},
	}
	rows = append(rows, ownRows("/api/v1/me", alwaysNotFound, created, known)...)
	return append(rows, ownRows("/api/v1/users/{id}", adminsRemove, "401 404 404 404 201 401 401", adminsHidden)...)
}

// accountTable returns the rows of operations without a credential, such as sign-up and password
// reset. Their tokens are invalid.
func accountTable() []rule {
	const token, refusedAll = `{"token":"{fresh}"}`, "410 410 410 410 410 410 410"
	return []rule{
		{route: "POST /api/v1/sign-up", body: `{"email":"{fresh}@x.example","password":"long enough 1"}`, statuses: "202 202 202 202 202 202 202"},
		{route: "POST /api/v1/verification", body: token, statuses: refusedAll},
		{route: "POST /api/v1/password-resets", body: `{"email":"{name}@x.example"}`, statuses: "202 202 202 202 202 202 202"},
		{route: "PUT /api/v1/password-resets", body: `{"token":"{fresh}","password":"long enough 1"}`, statuses: refusedAll},
		{route: "POST /api/v1/invitations/show", body: token, statuses: refusedAll},
		{route: "POST /api/v1/invitations/accept", body: `{"token":"{fresh}","username":"{fresh}","password":"long enough 1"}`, statuses: refusedAll},
		{route: "POST /api/v1/sessions", body: `{"login":"{name}","password":"wrong"}`, statuses: "401 401 401 401 401 401 401"},
		{route: "POST /api/v1/me/reauthenticate", body: `{"password":"wrong"}`, statuses: "401 400 400 400 400 401 401"},
		{route: "DELETE /api/v1/sessions/current", statuses: gone204},
		{route: "POST /api/v1/sessions/passkey", statuses: "409 409 409 409 409 409 409"}, // the server has an IP address
	}
}

// eventTable returns the rows of events and webhooks.
func eventTable() []rule {
	const one = "/api/v1/webhooks/{webhook}"
	return []rule{
		{route: "GET /api/v1/events", statuses: adminOnly},
		{route: "GET /api/v1/events", path: "/api/v1/events?organization_id={org}", statuses: "401 403 200 404 200 401 401"},
		{route: "GET /api/v1/events/head", statuses: adminOnly},
		{route: "GET /api/v1/events/stream", path: "/api/v1/events/stream?verb=none", statuses: "401 403 403 403 400 401 401"}, // a valid request does not end
		{route: "GET /api/v1/webhooks", statuses: adminOnly},
		{route: "POST /api/v1/webhooks", body: `{"url":"https://hooks.example/{fresh}","verbs":["server.rekey"]}`, statuses: adminCreates},
		{route: "GET " + one, statuses: adminOnly},
		{route: "PATCH " + one, body: `{"enabled":false}`, statuses: adminOnly},
		{route: "DELETE " + one, statuses: "401 403 403 403 204 401 401"},
		{route: "POST " + one + "/rotate", statuses: adminOnly},
		{route: "POST " + one + "/test", statuses: "401 403 403 403 202 401 401"},
		{route: "GET " + one + "/deliveries", statuses: adminOnly},
		{route: "POST " + one + "/deliveries/{number}/replay", path: one + "/deliveries/4711/replay", statuses: "401 403 403 403 404 401 401"},
		{route: "POST " + one + "/deliveries/replay", statuses: adminOnly},
	}
}

// ownRows returns the rows of records of the user at base. Their ids belong to another user than the
// caller.
func ownRows(base, remove, add, read string) []rule {
	rotate, mint, other := strings.ReplaceAll(remove, "204", "200"), add, strings.ReplaceAll(read, "200", "204")
	if base != "/api/v1/me" {
		mint = adminCreates // for others, a token needs the permission to act as them
	}
	row := func(method, path, number, body, statuses string) rule {
		return rule{method + " " + base + path, base + strings.ReplaceAll(path, "{number}", number), body, statuses}
	}
	keys := read
	if base != "/api/v1/me" {
		keys = orgMembers // public keys
	}
	return []rule{
		row("GET", "/emails", "", "", read),
		row("POST", "/emails", "", `{"address":"{fresh}@y.example"}`, add),
		row("POST", "/emails/{number}/verification", "{email}", "", remove),
		row("DELETE", "/emails/{number}", "{email}", "", remove),
		row("GET", "/keys", "", "", keys),
		row("POST", "/keys", "", `{"title":"t","key":"{newkey}"}`, add),
		row("DELETE", "/keys/{number}", "{key}", "", remove),
		row("GET", "/tokens", "", "", read),
		row("POST", "/tokens", "", `{"name":"t","scopes":["api"]}`, mint),
		row("POST", "/tokens/{number}/rotate", "{token}", "", rotate),
		row("DELETE", "/tokens/{number}", "{token}", "", remove),
		row("GET", "/authenticators", "", "", read),
		row("GET", "/sessions", "", "", read),
		row("DELETE", "/sessions/{number}", "{session}", "", remove),
		row("DELETE", "/sessions", "", "", other),
	}
}

// organizationTable returns the rows of organizations and their records.
func organizationTable() []rule {
	const at = "/api/v1/organizations/{organization}"
	row := func(method, path, body, statuses string) rule {
		real := strings.NewReplacer("{organization}", "{org}", "{permalink}", "awesome-project").Replace(at + path)
		return rule{method + " " + at + path, real, body, statuses}
	}
	return []rule{
		{route: "GET /api/v1/organizations", statuses: known},
		{route: "POST /api/v1/organizations", body: `{"name":"{fresh}"}`, statuses: created},
		row("GET", "", "", orgMembers),
		row("PATCH", "", `{"name":"Home"}`, orgAdminsOnly),
		row("PUT", "/second-factor", `{"required":false}`, orgAdminsOnly),
		row("DELETE", "", "", "401 403 409 404 409 401 401"), // home stays
		row("GET", "/members", "", orgMembers),
		row("PUT", "/members/{id}", `{"role_id":2}`, "401 403 204 404 204 401 401"),
		row("DELETE", "/members/{id}", "", "401 403 204 404 204 401 401"),
		row("GET", "/invitations", "", orgAdminsOnly),
		row("POST", "/invitations", `{"email":"{fresh}@x.example"}`, "401 403 201 404 201 401 401"),
		row("POST", "/invitations/bulk", `{"invitations":[{"email":"{fresh}@x.example"}]}`, orgAdminsOnly),
		row("POST", "/invitations/{invitation}/resend", "", orgAdminsOnly),
		row("DELETE", "/invitations/{invitation}", "", "401 403 204 404 204 401 401"),
		row("GET", "/roles", "", orgMembers),
		row("POST", "/roles", `{"name":"{fresh}","permissions":["users.read"]}`, "401 403 201 404 201 401 401"),
		row("GET", "/roles/{role}", "", orgMembers),
		row("PATCH", "/roles/{role}", `{"name":"{fresh}"}`, orgAdminsOnly),
		row("DELETE", "/roles/{role}", "", "401 403 204 404 204 401 401"),
		row("GET", "/projects", "", orgMembers),
		row("POST", "/projects", `{"name":"{fresh}"}`, "401 403 201 404 201 401 401"),
		row("GET", "/projects/{permalink}", "", orgMembers),
		row("PATCH", "/projects/{permalink}", `{"overview":"changed"}`, orgAdminsOnly),
		{route: "DELETE " + at + "/projects/{permalink}", path: "/api/v1/organizations/{org}/projects/{project}", statuses: "401 403 204 404 204 401 401"},
		row("GET", "/projects/{permalink}/assignees", "", orgMembers),
		row("PUT", "/projects/{permalink}/assignees", `{"user_ids":[{id}]}`, orgAdminsOnly),
	}
}

// isCacheable reports whether the responses of a route are the same for all callers, so that they may
// be cached.
func isCacheable(route string) bool {
	return strings.Contains(route, "/static/") || strings.HasSuffix(route, "/openapi.json") || strings.HasSuffix(route, ".css") || strings.HasSuffix(route, ".svg")
}

// fillNative creates an open {invitation} to the home organization, an unused {role} of
// it, a {project} of it, and a {webhook}.
func (w *permissionServer) fillNative(text string) string {
	w.t.Helper()
	d, operator := w.App.Directory, model.Operator()
	if strings.Contains(text, "{invitation}") {
		sent, err := d.Invite(w.t.Context(), operator, invitation.NewInvitation{Org: w.Home.ID, Email: w.fresh() + "@x.example"})
		w.must(err)
		text = strings.ReplaceAll(text, "{invitation}", fmt.Sprint(sent.Invitation.ID))
	}
	if strings.Contains(text, "{webhook}") {
		hook, _, err := d.CreateWebhook(w.t.Context(), operator, webhook.NewWebhook{
			URL: "https://hooks.example/" + w.fresh(), Verbs: []model.Verb{model.ServerRekey}, // no row causes this event, so nothing is delivered
		})
		w.must(err)
		text = strings.ReplaceAll(text, "{webhook}", fmt.Sprint(hook.ID))
	}
	if strings.Contains(text, "{project}") {
		project, err := d.CreateProject(w.t.Context(), operator, project.NewProject{Org: w.Home.ID, Name: w.fresh()})
		w.must(err)
		text = strings.ReplaceAll(text, "{project}", project.Permalink)
	}
	if strings.Contains(text, "{role}") {
		role, err := d.CreateRole(w.t.Context(), operator, role.NewRole{Org: w.Home.ID, Name: w.fresh()})
		w.must(err)
		text = strings.ReplaceAll(text, "{role}", fmt.Sprint(role.ID))
	}
	return text
}

// fillCredentials creates a {token} and a {session} of a user.
func (w *permissionServer) fillCredentials(text string, owner model.UserID) string {
	w.t.Helper()
	d, operator := w.App.Directory, model.Operator()
	if strings.Contains(text, "{token}") {
		token, _, err := d.CreateToken(w.t.Context(), operator, credential.NewToken{Owner: owner, Name: "t", Scopes: model.Scopes{model.ScopeAPI}})
		w.must(err)
		text = strings.ReplaceAll(text, "{token}", fmt.Sprint(token.ID))
	}
	if strings.Contains(text, "{session}") {
		session, _, err := d.CreateSessionFor(w.t.Context(), operator, owner, model.WekanLogin)
		w.must(err)
		text = strings.ReplaceAll(text, "{session}", fmt.Sprint(session.ID))
	}
	return text
}
