package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
)

type serveCommand struct{}

// Help is shown below the flags.
func (serveCommand) Help() string {
	return `Without any settings it keeps its data in ./roster-data and answers on
http://127.0.0.1:8080. On an empty folder it prints a link by which the first
administrator is made; ROSTER_ADMIN_USERNAME, ROSTER_ADMIN_EMAIL and
ROSTER_ADMIN_PASSWORD (each also as ..._FILE) make one unattended.

Examples:
  roster serve
  roster serve --data /var/lib/roster --listen 127.0.0.1:9000
  roster serve --config /etc/roster.toml --set mail.host=smtp.example.org`
}

// Run serves until the process is told to stop.
func (serveCommand) Run(e *environment) error {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	admin, present, err := config.AdminFromEnv(e.lookupEnv)
	if err != nil {
		return err
	}
	log := e.logger(cfg)
	a, err := app.OpenToServe(e.ctx, cfg, log)
	if errors.Is(err, app.ErrLocked) {
		return fmt.Errorf("%w; stop it first, or serve another folder with --data", err)
	}
	if err != nil {
		return err
	}
	a.UseHashWorkers(hashWorker)
	var first *config.Admin
	if present {
		first = &admin
	}
	err = explain(a.Serve(e.ctx, first, executeReceived, e.printStartup))
	return errors.Join(err, a.Close())
}

// announce prints what people and scripts wait for.
func (e *environment) printStartup(s app.ServerInfo) {
	text := ""
	switch {
	case s.SetupLink != "":
		text = fmt.Sprintf("roster: there is no administrator yet; make one within a day at\n  %s\n", s.SetupLink)
	case s.NoAdmin:
		text = "roster: there is no administrator yet; make one with 'roster admin create'\n"
	}
	if s.Exposed {
		_, _ = fmt.Fprintf(e.stderr, "roster: warning: other machines reach this server without TLS, so passwords and tokens cross the network "+
			"in clear text; put a proxy with TLS in front and set base_url to its https address\n")
	}
	for _, alone := range s.Standalone {
		text += "roster: " + alone + "\n"
	}
	text += fmt.Sprintf("roster: listening on %s\n", s.URL)
	if _, err := fmt.Fprint(e.stdout, text); err != nil {
		slog.New(slog.NewTextHandler(e.stderr, nil)).LogAttrs(context.Background(), slog.LevelWarn, "standard output is closed")
	}
}
