package cli

import (
	"errors"
	"fmt"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
)

type configCommand struct {
	Describe configDescribe `cmd:"" help:"Describe every setting: default, environment variable, meaning."`
	Show     configShow     `cmd:"" help:"Show the current settings, without secrets."`
	Check    configCheck    `cmd:"" help:"Check the settings, and report all errors."`
}

// Help is shown below the flags.
func (configCommand) Help() string {
	return `Settings come from defaults, a TOML file (--config), ROSTER_... variables and flags; a later
source overrides an earlier one. 'config show' reads them as 'serve' would. It does not show
the settings of a running server, which may have been started with others.

Examples:
  roster config describe
  roster config show --config /etc/roster.toml
  roster config check --set mail.host=smtp.example.org`
}

type configDescribe struct{}

// Run describes the settings.
func (configDescribe) Run(e *environment) error {
	_, err := fmt.Fprint(e.stdout, config.Describe())
	return err
}

type configShow struct{}

// Run shows the current settings.
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
	_, err = fmt.Fprintln(e.stdout, "the settings are valid")
	return err
}
