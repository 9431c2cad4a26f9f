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

// roleVariable tells this binary to be the program itself, so that tests can run
// nodes in processes of their own.
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
	// Each sequence of deeds is done on two engines. What the command line says wins,
	// for it is read by Run.
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
