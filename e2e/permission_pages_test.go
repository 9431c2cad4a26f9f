package e2e

import (
	"strings"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// Rows of the pages. A page without a session leads to the sign-in page, and a form that succeeded leads
// back to its page; both are 303, and leadsToSignIn tells them apart.
const (
	redirects   = "303 303 303 303 303 303 303"
	users       = "303 200 200 200 200 303 303"
	formFails   = "303 422 422 422 422 303 303"
	notTheirs   = "303 404 404 404 404 303 303"
	expiredForm = "303 410 410 410 410 303 303"
	noDomain    = "303 409 409 409 409 303 303"
	// Pages of the console: for those that administer an organization with the permission, or the server.
	consoleServer        = "303 403 403 403 200 303 303"
	consoleServerForm    = "303 403 403 403 303 303 303"
	consoleServerReject  = "303 403 403 403 422 303 303"
	consoleServerMissing = "303 403 403 403 404 303 303"
	consoleForm          = "303 403 303 403 303 303 303"
	consoleInvite        = "303 403 409 403 409 303 303" // the user was not invited
	consolePage          = "303 403 200 403 200 303 303"
	publicForm           = "422 422 422 422 422 422 422"
)

// pagesTable has the rows of the sign-in and account pages. They come first: other rows end the sessions of
// their caller.
func pagesTable() []rule {
	return []rule{
		{route: "GET /login", statuses: "200 303 303 303 303 200 200"}, // a session leads on
		{route: "POST /login", body: "username={fresh}&password=wrong", statuses: publicForm},
		{route: "POST /login/code", body: "login=none&code=000000", statuses: redirects},
		{route: "POST /login/passkey", statuses: "409 409 409 409 409 409 409"}, // the server has no domain name
		{route: "POST /logout", path: "/logout?as=nobody", statuses: redirects},
		{route: "GET /forgot", statuses: everyone},
		{route: "POST /forgot", body: "email={fresh}@x.example", statuses: everyone},
		{route: "GET /register", statuses: everyone},
		{route: "POST /register", body: "username={fresh}&email={fresh}&password=x", statuses: publicForm},

		{route: "GET /account", statuses: users},
		{route: "POST /account/profile", body: "given_name=Given", statuses: redirects},
		{route: "POST /account/emails", body: "email=none", statuses: formFails},
		{route: "POST /account/emails/{id}/resend", path: "/account/emails/{email}/resend", statuses: notTheirs},
		{route: "POST /account/emails/{id}/primary", path: "/account/emails/{email}/primary", statuses: notTheirs},
		{route: "POST /account/emails/{id}/remove", path: "/account/emails/{email}/remove", statuses: notTheirs},
		{route: "GET /account/security", statuses: users},
		{route: "POST /account/security/password", body: "current_password=wrong&password=long+enough+1", statuses: formFails},
		{route: "POST /account/security/sessions/{id}/revoke", path: "/account/security/sessions/{session}/revoke", statuses: notTheirs},
		{route: "POST /account/security/sessions/revoke-others", statuses: redirects},
		{route: "GET /account/security/second-factor", statuses: users},
		{route: "POST /account/security/second-factor/app", statuses: users},
		{route: "POST /account/security/second-factor/app/confirm", body: "ceremony=none&code=000000", statuses: expiredForm},
		{route: "POST /account/security/second-factor/passkey", statuses: noDomain},
		{route: "POST /account/security/second-factor/passkey/confirm", body: "ceremony=none&response=none", statuses: expiredForm},
		{route: "POST /account/security/second-factor/recovery-codes", statuses: redirects},
		{route: "POST /account/security/second-factor/{id}/rename", path: "/account/security/second-factor/999999/rename", body: "name=phone", statuses: notTheirs},
		{route: "POST /account/security/second-factor/{id}/remove", path: "/account/security/second-factor/999999/remove", statuses: notTheirs},
		{route: "GET /account/keys", statuses: users},
		{route: "POST /account/keys/ssh", body: "key=none", statuses: formFails},
		{route: "POST /account/keys/ssh/{id}/remove", path: "/account/keys/ssh/{key}/remove", statuses: notTheirs},
		{route: "POST /account/keys/tokens", body: "name=bot", statuses: formFails},
		{route: "POST /account/keys/tokens/{id}/rotate", path: "/account/keys/tokens/{token}/rotate", statuses: notTheirs},
		{route: "POST /account/keys/tokens/{id}/revoke", path: "/account/keys/tokens/{token}/revoke", statuses: notTheirs},
		{route: "POST /account/keys/api-key/show", statuses: users},
		{route: "POST /account/keys/api-key/rotate", statuses: users},
		{route: "GET /account/organizations", statuses: users},
		{route: "POST /account/organizations/{id}/leave", path: "/account/organizations/999999/leave", statuses: notTheirs},
		{route: "POST /account/organizations/invitations/{id}/accept", path: "/account/organizations/invitations/999999/accept", statuses: notTheirs},
		{route: "POST /account/organizations/invitations/{id}/decline", path: "/account/organizations/invitations/999999/decline", statuses: notTheirs},
		{route: "GET /account/activity", statuses: users},

		{route: "GET /console/users", statuses: consolePage},
		{route: "GET /console/users/export", statuses: consolePage},
		{route: "POST /console/users/selected", body: "op=export&id[]={id}", statuses: consolePage},
		{route: "GET /console/users/{id}", path: "/console/users/{id}", statuses: consolePage},
		{route: "GET /console/users/{id}/access", path: "/console/users/{id}/access", statuses: consolePage},
		{route: "GET /console/users/{id}/edit", path: "/console/users/{id}/edit", statuses: consoleServer},
		{route: "GET /console/users/{id}/offboard", path: "/console/users/{id}/offboard", statuses: consoleServer},
		{route: "GET /console/users/{id}/credentials", path: "/console/users/{id}/credentials", statuses: consoleServer},
		{route: "GET /console/users/{id}/sessions", path: "/console/users/{id}/sessions", statuses: consoleServer},
		{route: "GET /console/users/{id}/history", path: "/console/users/{id}/history", statuses: consoleServer},
		{route: "POST /console/users/{id}/state", path: "/console/users/{id}/state", body: "op=block", statuses: consoleServerForm},
		{route: "POST /console/users/{id}/reset-password", path: "/console/users/{id}/reset-password", statuses: consoleServerForm},
		{route: "POST /console/users/{id}/invite", path: "/console/users/{id}/invite", statuses: consoleInvite},
		{route: "POST /console/users/{id}/administrator", path: "/console/users/{id}/administrator", body: "to=no", statuses: consoleServerForm},
		{route: "POST /console/users/{id}/edit", path: "/console/users/{id}/edit", body: "username={fresh}", statuses: consoleServerForm},
		{route: "POST /console/users/{id}/offboard", path: "/console/users/{id}/offboard", statuses: consoleServerReject},
		{route: "POST /console/users/{id}/role", path: "/console/users/{id}/role", body: "op_org=home&op_role=2", statuses: consoleForm},
		{route: "POST /console/users/{id}/join", path: "/console/users/{id}/join", body: "op_org=home", statuses: consoleServerForm},
		{route: "POST /console/users/{id}/leave", path: "/console/users/{id}/leave", body: "op_org=home", statuses: consoleForm},
		{route: "POST /console/users/{id}/project", path: "/console/users/{id}/project", body: "op_org=home&op_project=awesome-project&to=yes", statuses: consoleForm},
		{route: "POST /console/users/{id}/emails", path: "/console/users/{id}/emails", body: "email={fresh}@y.example", statuses: consoleServerForm},
		{route: "POST /console/users/{id}/emails/{email}/resend", path: "/console/users/{id}/emails/999999/resend", statuses: consoleServerMissing},
		{route: "POST /console/users/{id}/emails/{email}/primary", path: "/console/users/{id}/emails/999999/primary", statuses: consoleServerMissing},
		{route: "POST /console/users/{id}/emails/{email}/remove", path: "/console/users/{id}/emails/999999/remove", statuses: consoleServerMissing},
		{route: "POST /console/users/{id}/keys", path: "/console/users/{id}/keys", body: "key=none", statuses: consoleServerReject},
		{route: "POST /console/users/{id}/keys/{key}/remove", path: "/console/users/{id}/keys/999999/remove", statuses: consoleServerMissing},
		{route: "POST /console/users/{id}/tokens/{token}/revoke", path: "/console/users/{id}/tokens/999999/revoke", statuses: consoleServerMissing},
		{route: "POST /console/users/{id}/second-factor/reset", path: "/console/users/{id}/second-factor/reset", statuses: consoleServerForm},
		{route: "POST /console/users/{id}/sessions/{session}/revoke", path: "/console/users/{id}/sessions/999999/revoke", statuses: consoleServerMissing},
		{route: "POST /console/users/{id}/sessions/revoke", path: "/console/users/{id}/sessions/revoke", statuses: consoleServerForm},
		{route: "GET /account/data", statuses: users},
		{route: "POST /account/data/download", statuses: users},
		{route: "POST /account/data/deactivate", body: "confirm_username={fresh}", statuses: formFails},
		{route: "GET /account/data/erase", statuses: users},
		{route: "POST /account/data/erase", body: "confirm_username={fresh}", statuses: formFails},
		{route: "GET /account/preferences", statuses: users},
		{route: "POST /account/preferences/save", body: "theme=dark", statuses: redirects},
		{route: "POST /account/preferences/notices", body: "sign_in_notice=on", statuses: redirects},
	}
}

// isPage reports whether browsers send a path with a cookie.
func isPage(path string) bool { return browser.Claims(path) || path == "/" }

// browserCookies signs the users in and returns the headers with their sessions.
func (w *permissionServer) browserCookies(users ...testUser) []string {
	w.t.Helper()
	var headers []string
	for _, u := range users {
		made, err := w.App.Directory.LogIn(w.t.Context(), model.AnonymousActor(model.Console, "127.0.0.1", ""),
			login.Attempt{Name: u.Username, Password: secret.Text(u.Password)}, model.ConsoleLogin)
		w.must(err)
		headers = append(headers, "Cookie: roster="+made.Token.Reveal())
	}
	return headers
}

// withCookies returns the columns with the cookies for pages. The last caller gets a cookie that no
// session has, and signing out must not end the sessions of the other rows.
func withCookies(columns []authHeaders, cookies []string) []authHeaders {
	all := make([]authHeaders, 0, len(columns))
	for i, column := range columns {
		all = append(all, func(path string) []string {
			path, query, _ := strings.Cut(path, "?")
			switch {
			case !isPage(path):
				return column(path)
			case i == 0 || query == "as=nobody":
				return nil
			case i > len(cookies):
				return []string{"Cookie: roster=" + strings.Repeat("x", 43)}
			}
			return []string{cookies[i-1]}
		})
	}
	return all
}

// leadsToSignIn reports a page that leads a caller with a session to the sign-in page, or another caller
// elsewhere.
func (w *permissionServer) leadsToSignIn(row rule, column int, a answer) {
	w.t.Helper()
	location := a.Header.Get("Location")
	if location == "" || row.statuses == everyone {
		return
	}
	private := strings.Contains(row.route, " /account") && row.route != "POST /account/preferences"
	known := column > 0 && column < 5
	if private && strings.HasPrefix(location, "/login") == known {
		w.t.Errorf("%s as %s leads to %q", row.route, callers()[column], location)
	}
}
