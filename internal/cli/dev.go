package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
)

type devCommand struct{}

// Help is shown below the flags.
func (devCommand) Help() string {
	return `All data is in a folder that is removed at the end. The passwords are printed, so do not
use this server for real data. Of all settings only --listen is used.

Examples:
  roster dev
  roster dev --listen 127.0.0.1:8080`
}

// sampleUsers lists the users of a sample directory; ada is the administrator.
func sampleUsers() []sampleUser {
	return []sampleUser{
		{"ada", "Ada Lovelace"}, {"grace", "Grace Hopper"}, {"alan", "Alan Turing"},
		{"margaret", "Margaret Hamilton"}, {"dennis", "Dennis Ritchie"},
	}
}

type sampleUser struct{ username, name string }

// samplePassword is the password of all sample users.
const samplePassword = "roster-sample"

// Run serves sample data until the process is stopped.
func (devCommand) Run(e *environment) (err error) {
	dir, err := os.MkdirTemp("", "roster-dev-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg, err := e.sampleConfig(dir)
	if err != nil {
		return err
	}
	clock := &sampleClock{}
	clock.set(time.Now().Add(-sampleHistory))
	cfg.Now = clock.now
	a, err := app.Open(e.ctx, cfg, e.logger(cfg))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := createHistory(e.ctx, a.Directory, clock); err != nil {
		return err
	}
	keys, err := createSample(e.ctx, a.Directory)
	if err != nil {
		return err
	}
	a.UseHashWorkers(hashWorker)
	return a.Serve(e.ctx, nil, executeReceived, func(s app.ServerInfo) {
		e.printSample(s, cfg, keys)
		e.printStartup(s)
	})
}

// sampleConfig returns settings that use nothing outside of dir: it ignores the database and the
// mail server of the environment and of the settings file.
func (e *environment) sampleConfig(dir string) (config.Config, error) {
	flags := map[string]string{"data": dir, "listen": "127.0.0.1:0"}
	if e.flags.Listen != "" {
		flags["listen"] = e.flags.Listen
	}
	cfg, err := config.Load(config.Sources{Flags: flags})
	cfg.Components = true
	return cfg, err
}

// createSample creates users and two projects with assignments. It returns the API keys by
// username.
func createSample(ctx context.Context, d *directory.Directory) (map[string]string, error) {
	operator := model.Operator()
	keys := map[string]string{}
	var ids []model.UserID
	for i, p := range sampleUsers() {
		u, err := d.CreateUser(ctx, operator, directory.NewUser{
			Username: p.username, Email: p.username + "@example.org", Password: samplePassword,
			Names: model.Names{}.WithName(p.name), Admin: i == 0, Limits: model.DefaultLimits(),
		})
		if err != nil {
			return nil, explain(err)
		}
		key, err := d.RotateAPIKeyOf(ctx, operator, u.ID)
		if err != nil {
			return nil, explain(err)
		}
		ids, keys[p.username] = append(ids, u.ID), key.Reveal()
	}
	return keys, createSampleProjects(ctx, d, ids)
}

func createSampleProjects(ctx context.Context, d *directory.Directory, ids []model.UserID) error {
	operator := model.Operator()
	orgs, err := d.Organizations(ctx, operator)
	if err != nil {
		return explain(err)
	}
	for _, n := range []project.NewProject{
		{Org: orgs[0].ID, Name: "Awesome project"},
		{Org: orgs[0].ID, Name: "Project Awesome", Group: "Web Apps"},
	} {
		p, err := d.CreateProject(ctx, operator, n)
		if err != nil {
			return explain(err)
		}
		if err := d.Assign(ctx, operator, n.Org, p.Permalink, ids[:3]); err != nil {
			return explain(err)
		}
	}
	return nil
}

// printSample prints example requests.
func (e *environment) printSample(s app.ServerInfo, cfg config.Config, keys map[string]string) {
	text := fmt.Sprintf("sample users, all with the password %q; ada is an administrator:\n", samplePassword)
	for _, p := range sampleUsers() {
		text += fmt.Sprintf("  %-9s API key %s\n", p.username, keys[p.username])
	}
	text += fmt.Sprintf(`try:
  curl -H 'Authorization: Bearer %[2]s' %[1]s/api/v1/users
  curl -H 'PRIVATE-TOKEN: %[2]s' %[1]s/api/v3/users
  curl -d 'username=ada&password=%[3]s' %[1]s/users/login
  curl -u 'home/ada:%[2]s' %[1]s/users
  curl -H 'Authorization: Bearer %[2]s' %[1]s/api/user
pages: %[1]s/login, native API: %[1]s/docs, design of the pages: %[1]s/components
emails are written to %[4]s/outbox
`, s.URL, keys["ada"], samplePassword, cfg.Data)
	// A closed standard output is not an error.
	_, _ = fmt.Fprint(e.stdout, text)
}
