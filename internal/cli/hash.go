package cli

import (
	"os"
	"os/exec"

	"roster.example/roster/internal/secret"
)

// hashCommand is what a server starts beside itself.
type hashCommand struct{}

// Run hashes until standard input ends. An order to stop concerns it no more than
// that: a server that stops lets it finish.
func (hashCommand) Run(e *environment) error { return secret.Work(e.stdin, e.stdout) }

// hashApart gives the command that runs hashCommand by this same program. It gets
// nothing of this one's environment, where there may be secrets.
func hashApart() *exec.Cmd {
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	return &exec.Cmd{Path: program, Args: []string{os.Args[0], "hash"}, Env: []string{}}
}
