package cli

import (
	"fmt"
	"io"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

type versionCommand struct{}

// Help is shown below the flags.
func (versionCommand) Help() string {
	return `Example:
  roster version`
}

// Run prints the version of the build.
func (versionCommand) Run(e *environment) error { return printVersion(e.stdout) }

func printVersion(out io.Writer) error {
	version, goVersion := "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version, goVersion = info.Main.Version, info.GoVersion
	}
	_, err := fmt.Fprintf(out, "roster %s (%s)\n", version, goVersion)
	return err
}

// versionFlag is --version, which prints the version and ends the program.
type versionFlag bool

// BeforeReset runs before the rest of the command line is checked.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	if err := printVersion(app.Stdout); err != nil {
		return err
	}
	app.Exit(0)
	return nil
}

// helpCommand is in the list of commands; [helpArgs] turns it into --help.
type helpCommand struct {
	Command []string `arg:"" optional:"" help:"Command, such as user block."`
}

// Run is not reached.
func (helpCommand) Run() error { return nil }
