package cli

import (
	"errors"
	"fmt"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
)

type configCommand struct {
	Describe configDescribe `cmd:"" help:"Explain every setting: default, environment variable, meaning."`
	Show     configShow     `cmd:"" help:"Show the settings in force, without secrets."`
	Check    configCheck    `cmd:"" help:"Check the settings, and report every fault at once."`
}

// Help is shown below the flags.
func (configCommand) Help() string {
	return `Settings come from their defaults, a TOML file (--config), ROSTER_... variables and
flags, each over the one before. 'config show' takes all of them as 'serve' would. It does
not ask a running server, which may have been started with other settings.

Examples:
  roster config describe
  roster config show --config /etc/roster.toml
  roster config check --set mail.host=smtp.example.org`
}

type configDescribe struct{}

// Run explains the settings.
func (configDescribe) Run(e *environment) error {
	_, err := fmt.Fprint(e.stdout, config.Describe())
	return err
}

type configShow struct{}

// Run shows the settings in force.
func (configShow) Run(e *environment) error {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	text, err := config.Effective(cfg)
	if err != nil {
		return err
	}
	for _, line := range settingsNotice(e, cfg) {
		text = "# " + line + "\n" + text
	}
	_, err = fmt.Fprint(e.stdout, text)
	return err
}

type configCheck struct{}

// Run checks the settings.
func (configCheck) Run(e *environment) error {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	if err := errors.Join(app.CheckKey(cfg), app.CheckFiles(cfg)); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, "the settings are fine")
	return err
}
