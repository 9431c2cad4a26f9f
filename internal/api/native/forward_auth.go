package native

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// doorways hangs what other programs ask before they let somebody in.
func (a api) addIntegrationOperations(h huma.API, t *routeTable) {
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		addRaw(h, t, forwardAuthOperation(h, method), a.forwardAuth)
	}
	addRaw(h, t, authorizedKeysOperation(h), a.getAuthorizedKeys)
}

// forwardAuthPath is where proxies ask. Some do with the method of the request that
// they hold back, so it answers all alike: OPTIONS above all, which elsewhere is
// answered without a credential, as success.
const forwardAuthPath = "/forward-auth"

// atGate reports whether a proxy asks about somebody else's request. Its headers are
// those of that request, so some do not mean this server.
func isForwardAuth(r *http.Request) bool { return r.URL.Path == basePath+forwardAuthPath }

func forwardAuthOperation(h huma.API, method string) huma.Operation {
	o := operation{
		id: "forwardAuth" + web.Capitalize(strings.ToLower(method)), method: method, path: forwardAuthPath, permission: directory.SelfRead, tag: "doors",
		summary: "Let a proxy ask who somebody is",
		description: "For nginx's auth_request, Caddy's forward_auth and Traefik's ForwardAuth. The credential is a bearer token, or that as the password of Basic with one's username. " +
			"The conditions must all hold; 403 if one does not. Answers the headers Remote-User, Remote-Email (if proven), Remote-Name and Remote-Groups. See docs/forward-auth.md.",
	}
	op := o.describe()
	text, condition := &huma.Schema{Type: huma.TypeString}, &huma.Schema{Type: huma.TypeString, MinLength: pointerTo(1)}
	op.Parameters = []*huma.Param{
		queryParameter("organization", "Short name of an organization that the person must be a member of.", condition),
		queryParameter("role", "Name of the role that they must have there.", condition),
		queryParameter("permission", "What they must be allowed, there or else on the whole server.", condition),
	}
	op = withResponses(h, op, "May come in. The body is empty.")
	op.Responses["200"].Headers = map[string]*huma.Param{}
	for name, about := range map[string]string{
		"Remote-User": "The username, percent-encoded outside of ASCII.", "Remote-Email": "The primary address, encoded likewise; empty unless it is proven.", "Remote-Name": "The name, encoded likewise; % is %25.",
		"Remote-Groups": "organization:role for each organization, with commas between. What is no letter, digit, -, ., _ or ~ in the name of a role is percent-encoded.",
	} {
		op.Responses["200"].Headers[name] = &huma.Param{Description: about, Schema: text}
	}
	return op
}

// forwardAuth sets every header, the empty ones too: proxies that copy what they find
// would leave in place what the client sent under that name.
func (a api) forwardAuth(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	gate, err := readAccessPolicy(r)
	if err != nil {
		return err
	}
	p, err := a.directory.CheckAccess(r.Context(), who, gate)
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

// gateOf reads the conditions. They stand in the query alone: headers and body
// are those of the request that the proxy holds back, and written by its client.
func readAccessPolicy(r *http.Request) (directory.AccessPolicy, error) {
	asked, err := web.ReadQuery(r)
	if err != nil {
		return directory.AccessPolicy{}, err
	}
	var g directory.AccessPolicy
	var permission string
	for name, to := range map[string]*string{"organization": &g.Organization, "role": &g.Role, "permission": &permission} {
		text, given, err := asked.Text(name)
		if err != nil {
			return directory.AccessPolicy{}, err
		}
		if given && text == "" {
			return directory.AccessPolicy{}, parameterProblem(name, "blank", "expected a value; an empty condition would let everyone in")
		}
		*to = text
	}
	g.Permission = directory.Permission(permission)
	return g, nil
}

// groups encodes the names of roles, or a role called "Guest,acme:Admin" would make
// an Admin of whoever has it.
func groupsHeader(memberships []directory.Membership) string {
	all := make([]string, 0, len(memberships))
	for _, m := range memberships {
		role := strings.ReplaceAll(url.QueryEscape(m.Role.Name), "+", "%20")
		all = append(all, m.Organization.Slug+":"+role)
	}
	return strings.Join(all, ",")
}

// presented is the credential of a request: a bearer token (RFC 6750, section 2.1),
// and for other programs, whose people come by browser, also that as the password
// of Basic. The username must then be given, and that of its owner.
func readCredential(r *http.Request) directory.Credential {
	if token, ok := web.Bearer(r, web.BearerLenient); ok || !isForwardAuth(r) {
		return directory.Credential{Secret: secret.Text(token)}
	}
	name, password, _ := web.BasicAuth(r)
	if name == "" {
		return directory.Credential{} // no username narrows nothing
	}
	return directory.Credential{Secret: secret.Text(password), Username: name}
}

// challenge says how to authenticate: as RFC 6750 (section 3) has it, and browsers
// that come through a proxy also by Basic (RFC 7617), first, since some look at the
// first alone.
func challenges(r *http.Request) []string {
	if isForwardAuth(r) {
		return []string{`Basic realm="Roster", charset="UTF-8"`, "Bearer"}
	}
	return []string{"Bearer"}
}
