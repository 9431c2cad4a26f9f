package cli

import (
	"fmt"
	"runtime/debug"
)

type versionCommand struct{}

// Help is shown below the flags.
func (versionCommand) Help() string {
	return `Example:
  roster version`
}

// Run prints the version that the build recorded.
func (versionCommand) Run(e *environment) error {
	version, goVersion := "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version, goVersion = info.Main.Version, info.GoVersion
	}
	_, err := fmt.Fprintf(e.stdout, "roster %s (%s)\n", version, goVersion)
	return err
}
