package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"roster.example/roster/internal/config"
)

// commandLine is the whole command line.
type commandLine struct {
	Config   string       `help:"Settings file, TOML (ROSTER_CONFIG)." placeholder:"FILE"`
	Data     string       `help:"Folder for the database, the key file and the mail outbox (./roster-data)." placeholder:"DIR"`
	Listen   string       `help:"Address and port to listen on (127.0.0.1:8080)." placeholder:"ADDR"`
	Database string       `help:"Database of the directory (SQLite in the data folder)." placeholder:"URL"`
	Print    versionFlag  `name:"version" short:"v" help:"Print the version."`
	Set      settingFlags `help:"Any other setting, such as mail.host=smtp.example.org; see 'roster config describe'." placeholder:"NAME=VALUE" values:"settings"`

	Serve      serveCommand      `cmd:"" help:"Run the server."`
	Dev        devCommand        `cmd:"" help:"Run a temporary server with sample users."`
	Admin      adminCommand      `cmd:"" help:"Create administrators, and restore access."`
	User       userCommand       `cmd:"" help:"Users."`
	Org        orgCommand        `cmd:"" help:"Organizations and their members."`
	Role       roleCommand       `cmd:"" help:"Roles of organizations and their permissions."`
	Project    projectCommand    `cmd:"" help:"Projects and the users assigned to them."`
	Invitation invitationCommand `cmd:"" help:"Invitations to organizations."`
	Token      tokenCommand      `cmd:"" help:"Access tokens."`
	SSHKeys    sshKeysCommand    `cmd:"" name:"ssh-keys" help:"Print the SSH keys of a user, for sshd."`
	Name       nameCommand       `cmd:"" help:"Reserved names: of deleted and renamed users and organizations."`
	Webhook    webhookCommand    `cmd:"" help:"Webhooks and their deliveries."`
	Events     eventsCommand     `cmd:"" help:"List events."`
	Import     importCommand     `cmd:"" help:"Create users from a file."`
	Export     exportCommand     `cmd:"" help:"Write all users to a file."`
	Mail       mailCommand       `cmd:"" help:"Undelivered emails, and previews of templates."`
	Key        keyCommand        `cmd:"" help:"The key that encrypts secrets in the database."`
	Anchor     anchorCommand     `cmd:"" help:"The anchor: the newest acknowledged event."`
	Migrate    migrateCommand    `cmd:"" help:"Copy a whole directory between SQLite and PostgreSQL."`
	Doctor     doctorCommand     `cmd:"" help:"Check data, keys and settings."`
	Settings   configCommand     `cmd:"" name:"config" help:"Describe, show and check settings."`
	Completion completionCommand `cmd:"" help:"Print a completion script for a shell."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
	ShowHelp   helpCommand       `cmd:"" name:"help" help:"Show the help of a command, as --help does."`
	Hash       hashCommand       `cmd:"" hidden:"" help:"Hash passwords for a server, which starts this command."`
}

const about = `Roster is a user directory with the user APIs of GitLab, Wekan, Codebase and pm415.

First steps:
  roster serve                      # then open the printed link
  roster user list
  roster config describe`

// environment is the environment of a command.
type environment struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	log            *logBuffer // writes to stderr
	env            []string
	flags          *commandLine
	parser         *kong.Kong
}

// Main runs the command line of this process and returns its exit status: 0 for
// success, 1 for failure, 2 for wrong usage.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	defer context.AfterFunc(ctx, stop)()
	return Run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
}

// Run is Main with explicit arguments, environment and files.
func Run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	e := &environment{
		ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, log: newLogBuffer(stderr), env: env, flags: &commandLine{},
	}
	exit := -1
	parser, err := kong.New(e.flags,
		kong.Name("roster"), kong.Description(about), kong.Writers(stdout, stderr),
		kong.Exit(func(status int) { exit = status }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return printError(stderr, 2, err)
	}
	e.parser = parser
	parsed, err := parser.Parse(helpArgs(args))
	if exit >= 0 {
		return exit // --help was printed
	}
	if err != nil {
		return printError(stderr, 2, explainParseError(err))
	}
	if err := checkFlagValues(parsed); err != nil {
		return printError(stderr, 2, withHelpHint(err, parsed))
	}
	err = parsed.Run(e)
	e.log.Flush()
	if isUsageError(err) {
		return printError(stderr, 2, withHelpHint(err, parsed))
	}
	if err != nil {
		return printError(stderr, 1, err)
	}
	return 0
}

// helpArgs returns the arguments for help instead of no arguments and of "help COMMAND".
func helpArgs(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	}
	return args
}

func printError(stderr io.Writer, status int, err error) int {
	// If this fails, the exit status still reports the error.
	_, _ = fmt.Fprintf(stderr, "roster: error: %s\n", strings.ReplaceAll(printable(err.Error()), "\n", "\n  "))
	return status
}

// printable replaces control characters and invalid UTF-8: an error may quote a file or another
// server, and a terminal would interpret control characters.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) && r != utf8.RuneError {
			return r
		}
		return '?'
	}, text)
}

// loadConfig reads the settings of all sources.
func (e *environment) loadConfig() (config.Config, error) {
	flags := map[string]string{}
	maps.Copy(flags, e.flags.Set)
	for name, value := range map[string]string{"data": e.flags.Data, "listen": e.flags.Listen, "database": e.flags.Database} {
		if value != "" {
			flags[name] = value
		}
	}
	file := e.flags.Config
	if file == "" {
		file, _ = e.lookupEnv("ROSTER_CONFIG")
	}
	cfg, err := config.Load(config.Sources{File: file, Env: e.env, Flags: flags})
	for _, warning := range cfg.Warnings {
		_, _ = fmt.Fprintln(e.stderr, "roster: warning:", warning)
	}
	return cfg, err
}

func (e *environment) lookupEnv(name string) (string, bool) {
	for _, entry := range e.env {
		if key, value, _ := strings.Cut(entry, "="); key == name {
			return value, true
		}
	}
	return "", false
}
