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
	return `By default the server stores data in ./roster-data and listens on http://127.0.0.1:8080. If
there is no administrator, it prints a link to create one. ROSTER_ADMIN_USERNAME,
ROSTER_ADMIN_EMAIL and ROSTER_ADMIN_PASSWORD (each also as ..._FILE) create one unattended.

Examples:
  roster serve
  roster serve --data /var/lib/roster --listen 127.0.0.1:9000
  roster serve --config /etc/roster.toml --set mail.host=smtp.example.org`
}

// Run serves until the process gets a signal.
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

// printStartup prints the addresses of the server; scripts wait for the last line.
func (e *environment) printStartup(s app.ServerInfo) {
	text := ""
	switch {
	case s.SetupLink != "":
		text = fmt.Sprintf("roster: there is no administrator yet; create one within a day at\n  %s\n", s.SetupLink)
	case s.NoAdmin:
		text = "roster: there is no administrator yet; create one with 'roster admin create'\n"
	}
	if s.Exposed {
		_, _ = fmt.Fprintf(e.stderr, "roster: warning: other machines can reach this server without TLS, so passwords and tokens are sent unencrypted; "+
			"use a proxy with TLS and set base_url to its https address\n")
	}
	for _, alone := range s.Standalone {
		text += "roster: " + alone + "\n"
	}
	if s.BaseURL != "" {
		text += fmt.Sprintf("roster: the public address is %s (base_url)\n", s.BaseURL)
	}
	if s.Wildcard {
		text += "roster: connections to all addresses of this machine are accepted, not only to localhost\n"
	}
	text += fmt.Sprintf("roster: listening on %s\n", s.URL)
	if _, err := fmt.Fprint(e.stdout, text); err != nil {
		slog.New(slog.NewTextHandler(e.stderr, nil)).LogAttrs(context.Background(), slog.LevelWarn, "standard output is closed")
	}
}
