package cli

import (
	"os"
	"os/exec"

	"roster.example/roster/internal/secret"
)

// HashCommand is the argument with which a server starts its own executable again, with an empty
// environment. A program that embeds this package must call [Main] or [Run] for this argument.
const HashCommand = "hash"

// hashCommand is the hash worker, a child process of a server.
type hashCommand struct{}

// Run hashes passwords until standard input ends. It ignores signals: the server closes the
// input when it stops.
func (hashCommand) Run(e *environment) error { return secret.ServeHashWorker(e.stdin, e.stdout) }

// selfPath is the executable of this process, also after it was replaced on disk (proc(5)).
const selfPath = "/proc/self/exe"

// hashWorker returns a command that runs hashCommand with this executable. Its environment is
// empty, because that of the server may contain secrets.
func hashWorker() (*exec.Cmd, error) {
	program := selfPath
	if _, err := os.Stat(selfPath); err != nil {
		if program, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	return &exec.Cmd{Path: program, Args: []string{os.Args[0], HashCommand}, Env: []string{}}, nil
}
