package native

import (
	"net/http"
	"strings"

	"roster.example/roster/internal/authn"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// PublicKeys serves the SSH keys of users at /USERNAME.keys and /users/USERNAME.keys, as GitHub and GitLab do, without
// authentication.
//
// Unknown and inactive users are 404, as at GitHub. An active user without keys is 200 with an empty body, so an empty
// answer for inactive users would reveal who is blocked.
type PublicKeys struct {
	*web.Router
	directory *directory.Directory
}

// keysSuffix is the suffix of the paths.
const keysSuffix = ".keys"

// NewPublicKeys returns the router.
func NewPublicKeys(d *directory.Directory) PublicKeys {
	p := PublicKeys{directory: d}
	open := string(model.Public)
	p.Router = web.NewRouter(web.APIConfig[model.Actor]{
		Name: "keys", Suffixes: []string{keysSuffix},
		Authenticate: authn.New(d, model.Native, nil).Authenticate,
		WriteError:   writeError, NotFound: unknownRoute, MethodNotAllowed: wrongMethod,
	}, []web.Endpoint[model.Actor]{
		{Method: "GET", Path: "/{username}", Needs: open, Serve: p.show},
		{Method: "GET", Path: "/users/{username}", Needs: open, Serve: p.show},
	})
	return p
}

// HasRoute reports whether the path is one of public keys. All other paths are left to other handlers.
func (p PublicKeys) HasRoute(path string) bool {
	return strings.HasSuffix(path, keysSuffix) && p.Router.HasRoute(path)
}

// Routes returns the routes with the suffix.
func (p PublicKeys) Routes() []web.RouteInfo {
	routes := p.Router.Routes()
	for i := range routes {
		routes[i].Path += keysSuffix
	}
	return routes
}

func (p PublicKeys) show(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	if web.Suffix(r) != keysSuffix {
		unknownRoute(w, r)
		return nil
	}
	keys, err := p.directory.PublicKeys(r.Context(), actor, r.PathValue("username"))
	if err != nil {
		return err
	}
	writeKeys(w, keys)
	return nil
}
