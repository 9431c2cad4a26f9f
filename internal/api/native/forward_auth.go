package native

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/access"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// addIntegrationOperations registers the operations that proxies and sshd call to authenticate users.
func (a api) addIntegrationOperations(h huma.API, t *routeTable) {
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		addRaw(h, t, forwardAuthOperation(h, method), a.forwardAuth)
	}
	addRaw(h, t, authorizedKeysOperation(h), a.getAuthorizedKeys)
}

// forwardAuthPath is the path that proxies call. Some call it with the method of the request that they authorize, so all
// methods have the same answer. This matters most for OPTIONS, which elsewhere succeeds without a credential.
const forwardAuthPath = "/forward-auth"

// isForwardAuth reports whether r was sent by a proxy to authorize another request. Its headers are those of that request,
// so some are not addressed to this server.
func isForwardAuth(r *http.Request) bool { return r.URL.Path == basePath+forwardAuthPath }

func forwardAuthOperation(h huma.API, method string) huma.Operation {
	o := operation{
		id: "checkForwardAuth" + web.Capitalize(strings.ToLower(method)), method: method, path: forwardAuthPath, permission: model.SelfRead, tag: "integrations",
		summary: "Authorize a request for a proxy",
		description: "For auth_request of nginx, forward_auth of Caddy and ForwardAuth of Traefik. The credential is a bearer token, or the username and the token in Basic authentication. " +
			"The answer is 403 unless the user meets all conditions. It has the headers Remote-User, Remote-Email (if verified), Remote-Name and Remote-Groups. See docs/forward-auth.md.",
	}
	op := o.describe()
	text, condition := &huma.Schema{Type: huma.TypeString}, &huma.Schema{Type: huma.TypeString, MinLength: pointerTo(1)}
	op.Parameters = []*huma.Param{
		queryParameter("organization", "The slug of an organization that the user must be a member of.", condition),
		queryParameter("role", "The name of the role that the user must have in the organization.", condition),
		queryParameter(loginParameter, "\"redirect\" answers browsers without a session with 303 to the sign-in page, for proxies that pass the answer on.", condition),
		queryParameter("permission", "A permission that the user must hold in the organization or, without organization, on the server.", condition),
	}
	op = withResponses(h, op, "The request is authorized. The body is empty.")
	op.Responses["200"].Headers = map[string]*huma.Param{}
	for name, about := range map[string]string{
		"Remote-User": "The username. Characters outside ASCII are percent-encoded.", "Remote-Email": "The primary email address, encoded in the same way. Empty unless it is verified.", "Remote-Name": "The name, encoded in the same way; % is %25.",
		"Remote-Groups": "organization:role for each organization, separated by commas. In names of roles, all characters except letters, digits, -, ., _ and ~ are percent-encoded.",
	} {
		op.Responses["200"].Headers[name] = &huma.Param{Description: about, Schema: text}
	}
	return op
}

// forwardAuth sets every header, even to an empty value: a proxy that copies only the headers of the answer would otherwise
// pass on a header of the same name from the client.
func (a api) forwardAuth(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	gate, err := readAccessPolicy(r)
	if err != nil {
		return err
	}
	p, err := a.directory.CheckAccess(r.Context(), actor, gate)
	if err != nil {
		return err
	}
	email := ""
	if primary := p.User.Primary(); primary.Verified {
		email = primary.Address
	}
	web.SetHeaders(w, "Remote-User", web.EncodeHeaderText(p.User.Username), "Remote-Email", web.EncodeHeaderText(email), "Remote-Name", web.EncodeHeaderText(p.User.Name),
		"Remote-Groups", groupsHeader(p.Memberships), "Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}

// readAccessPolicy reads the conditions from the query only: the headers and the body come from the client of the proxy.
func readAccessPolicy(r *http.Request) (access.Policy, error) {
	query, err := web.ReadQuery(r)
	if err != nil {
		return access.Policy{}, err
	}
	var g access.Policy
	var permission string
	for name, to := range map[string]*string{"organization": &g.Organization, "role": &g.Role, "permission": &permission} {
		text, given, err := query.Text(name)
		if err != nil {
			return access.Policy{}, err
		}
		if given && text == "" {
			return access.Policy{}, parameterProblem(name, "blank", "expected a value; an empty condition would authorize all users")
		}
		*to = text
	}
	g.Permission = model.Permission(permission)
	return g, nil
}

// groupsHeader encodes the names of roles. Otherwise a role called "Guest,acme:Admin" would make its holders Admin of acme.
func groupsHeader(memberships []model.Membership) string {
	all := make([]string, 0, len(memberships))
	for _, m := range memberships {
		role := strings.ReplaceAll(url.QueryEscape(m.Role.Name), "+", "%20")
		all = append(all, m.Organization.Slug+":"+role)
	}
	return strings.Join(all, ",")
}

// readCredential returns the bearer token of a request (RFC 6750, section 2.1). Requests of proxies may send the token as the
// password of Basic authentication instead, because browsers support Basic; the username must be that of the owner.
func readCredential(r *http.Request) directory.Credential {
	if token, ok := web.Bearer(r, web.BearerLenient); ok || !isForwardAuth(r) {
		return directory.Credential{Secret: secret.Text(token)}
	}
	name, password, _ := web.BasicAuth(r)
	if name == "" {
		return directory.Credential{} // without a username, any owner would match
	}
	return directory.Credential{Secret: secret.Text(password), Username: name}
}

// challenges returns the values of WWW-Authenticate: Bearer (RFC 6750, section 3) and, for browsers behind a proxy, Basic
// (RFC 7617). Basic is first, because some browsers read only the first challenge.
func challenges(r *http.Request) []string {
	if isForwardAuth(r) {
		return []string{`Basic realm="Roster", charset="UTF-8"`, "Bearer"}
	}
	return []string{"Bearer"}
}
