package native

import (
	"net/http"
	"strings"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// PublicKeys publishes the SSH keys of people as GitHub and GitLab do, at
// /USERNAME.keys and /users/USERNAME.keys, to everybody.
//
// Unknown people and those who are not active are 404 alike, as at GitHub: somebody
// without keys is 200 and empty, so that an empty answer would tell who is blocked.
type PublicKeys struct {
	*web.Router
	directory *directory.Directory
}

// keysEnding makes the path of a person one of their keys.
const keysSuffix = ".keys"

// NewPublicKeys builds the router on d.
func NewPublicKeys(d *directory.Directory) PublicKeys {
	p := PublicKeys{directory: d}
	open := string(directory.Public)
	p.Router = web.NewRouter(web.APIConfig[directory.Actor]{
		Name: "keys", Suffixes: []string{keysSuffix},
		Authenticate: func(r *http.Request, _ string) (directory.Actor, error) {
			return directory.AnonymousActor(directory.Native, web.Client(r), r.UserAgent()), nil
		},
		WriteError: writeError, NotFound: unknownRoute, MethodNotAllowed: wrongMethod,
	}, []web.Endpoint[directory.Actor]{
		{Method: "GET", Path: "/{username}", Needs: open, Serve: p.show},
		{Method: "GET", Path: "/users/{username}", Needs: open, Serve: p.show},
	})
	return p
}

// Knows reports whether the path is one of keys: all others are left to whoever
// else has them.
func (p PublicKeys) HasRoute(path string) bool {
	return strings.HasSuffix(path, keysSuffix) && p.Router.HasRoute(path)
}

// Routes tells the paths as they are asked for.
func (p PublicKeys) Routes() []web.RouteInfo {
	routes := p.Router.Routes()
	for i := range routes {
		routes[i].Path += keysSuffix
	}
	return routes
}

func (p PublicKeys) show(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	if web.Suffix(r) != keysSuffix {
		unknownRoute(w, r)
		return nil
	}
	keys, err := p.directory.PublicKeys(r.Context(), who, r.PathValue("username"))
	if err != nil {
		return err
	}
	writeKeys(w, keys)
	return nil
}
