package e2e

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"

	_ "pgregory.net/rapid" // defines the flag that TestMain sets

	"roster.example/roster/internal/cli"
	"roster.example/roster/internal/store/postgres/pgtest"
)

// roleVariable is the environment variable that makes this binary run the program instead of the
// tests, so that tests can start nodes as processes.
const roleVariable = "E2E_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(roleVariable) != "" || slices.Equal(os.Args[1:], []string{cli.HashCommand}) {
		os.Exit(cli.Main())
	}
	stop, err := pgtest.Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// Each sequence of operations runs on two engines. Run parses the flags afterwards, so the command
	// line overrides this value.
	if err := flag.Set("rapid.checks", "25"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
