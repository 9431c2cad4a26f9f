// Package native speaks Roster's own API, below /api/v1. So far that is what no
// imitated API has: people in bulk, in and out, as streams.
//
// README.md is its contract. This folder translates and decides nothing.
package native

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// Config is what an installation may set about this API.
type Config struct {
	Log *slog.Logger // faults of ours after an answer had begun; nil discards
	// MaxImport is how many bytes the body of an import may have; 0 is 4 GiB.
	MaxImport int64
	// Idle is how long an import or export may stand still; 0 is a minute.
	Idle time.Duration
}

type api struct {
	directory *directory.Directory
	Config
}

// New builds the router of the API on d. Paths begin with /api/v1.
func New(d *directory.Directory, c Config) *web.Router {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.MaxImport = cmp.Or(c.MaxImport, 4<<30)
	c.Idle = cmp.Or(c.Idle, time.Minute)
	a := api{d, c}
	return web.NewRouter(web.Dialect[directory.Actor]{
		Name: string(directory.Native), Admit: a.admit, Fail: fail, NotFound: unknownRoute, WrongMethod: wrongMethod,
	}, a.endpoints())
}

func (a api) endpoints() []web.Endpoint[directory.Actor] {
	manage := string(directory.UsersManage)
	return []web.Endpoint[directory.Actor]{
		{Method: "POST", Path: "/api/v1/users/import", Needs: manage, Serve: a.importPeople},
		{Method: "GET", Path: "/api/v1/users/export", Needs: manage, Serve: a.exportPeople},
	}
}

// admit takes a credential as a bearer token (RFC 6750, section 2.1) and nowhere
// else.
func (a api) admit(r *http.Request, needs string) (directory.Actor, error) {
	who := directory.Caller(directory.Native, web.Client(r), r.UserAgent())
	if needs == string(directory.Public) {
		return who, nil
	}
	token, _ := web.Bearer(r, web.BearerLenient)
	who, err := a.directory.Authenticate(r.Context(), who, directory.Presented{Secret: secret.Text(token)})
	if err == nil {
		err = a.directory.Require(r.Context(), who, directory.Permission(needs))
	}
	return who, err
}
