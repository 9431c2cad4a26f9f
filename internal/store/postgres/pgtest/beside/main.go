//go:build unix

// Command beside starts a PostgreSQL server and runs another command, so that the
// test packages of that command share the server:
//
//	go run ./internal/store/postgres/pgtest/beside go test ./...
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"roster.example/roster/internal/store/postgres/pgtest"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: beside COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "beside:", err)
	}
	os.Exit(code)
}

// run returns the exit code of the command, or 1 and an error.
func run(command []string) (int, error) {
	stop, err := pgtest.Start()
	if err != nil {
		return 1, err
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	stopped := stop()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && stopped == nil {
		return exit.ExitCode(), nil
	}
	if err := errors.Join(err, stopped); err != nil {
		return 1, err
	}
	return 0, nil
}
