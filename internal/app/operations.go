package app

import (
	"context"
	"errors"
	"net/http"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/priority"
	"roster.example/roster/internal/store/sqlite"
	"roster.example/roster/internal/web"
)

// operations serves monitoring: /healthz reports that the process runs, /readyz that it can serve
// requests. They need no credential and return nothing else.
func (a *App) operations() *web.Router {
	public := string(model.Public)
	return web.NewRouter(web.APIConfig[struct{}]{
		Name:         "operations",
		Authenticate: noActor,
		WriteError:   a.notReady,
		NotFound:     notFound, MethodNotAllowed: web.MethodNotAllowed,
	}, []web.Endpoint[struct{}]{
		{Method: "GET", Path: "/healthz", Needs: public, Serve: healthz},
		{Method: "GET", Path: "/readyz", Needs: public, Serve: a.readyz},
	})
}

// noActor is the Admit of routers with public endpoints only.
func noActor(*http.Request, string) (struct{}, error) { return struct{}{}, nil }

func healthz(w http.ResponseWriter, _ *http.Request, _ struct{}) error {
	web.WriteStatusLine(w, true, "ok")
	return nil
}

// The responses of /readyz; the log has the causes.
var (
	errNotReady = errors.New("the database does not respond")
	errReadOnly = errors.New("the database cannot be written")
	errDamaged  = errors.New("the database is damaged")
	errOtherKey = errors.New("the database uses another encryption key")
)

func (a *App) readyz(w http.ResponseWriter, r *http.Request, _ struct{}) error {
	if err := a.Directory.Ready(r.Context(), model.Operator()); err != nil {
		return errors.Join(errNotReady, err)
	}
	if err := a.tryKey(r.Context()); err != nil {
		return errors.Join(errOtherKey, err)
	}
	if err := a.probe.check(r.Context(), a.probeWrite); err != nil {
		return errors.Join(errReadOnly, err)
	}
	if damage := a.damage.Load(); damage != nil {
		return errors.Join(errDamaged, *damage)
	}
	web.WriteStatusLine(w, true, "ready")
	return nil
}

// probeWrite writes one page, or with thorough so many as a created user does. It then
// moves them from the write-ahead log into the file, which proves that the file can grow
// and leaves the space of the log to others.
func (a *App) probeWrite(ctx context.Context, thorough bool) error {
	if !thorough {
		return a.Directory.ProbeWrite(ctx, model.Operator())
	}
	if err := a.Directory.ProbeSpace(ctx, model.Operator()); err != nil || a.sqlite == nil {
		return err
	}
	return a.sqlite.Checkpoint(ctx, 0)
}

// checkPages checks the database for damaged pages once after the start, at a low priority: it reads the
// whole file. The start does not wait for
// it, because the time depends on the size of the database.
func (a *App) checkPages(ctx context.Context) {
	if a.sqlite == nil {
		return
	}
	err := priority.Run(func() error { return a.sqlite.QuickCheck(ctx) })
	if err == nil || ctx.Err() != nil {
		return
	}
	if errors.Is(err, sqlite.ErrDamaged) {
		a.damage.Store(&err)
		err = withRestoreHint(a.cfg, err)
	}
	a.log.ErrorContext(ctx, "the check of the database failed", "error", err)
}

func (a *App) notReady(w http.ResponseWriter, r *http.Request, err error) {
	if bad, ok := errors.AsType[*web.Error](err); ok {
		web.WriteBody(w, bad.Status, web.PlainText, []byte(bad.Msg+"\n"))
		return
	}
	if !web.ClientClosed(r) {
		a.log.ErrorContext(r.Context(), "not ready", "error", err)
	}
	response := errNotReady
	for _, known := range []error{errOtherKey, errReadOnly, errDamaged} {
		if errors.Is(err, known) {
			response = known
		}
	}
	web.WriteStatusLine(w, false, response.Error())
}
