package cli

import (
	"os"
	"os/exec"

	"roster.example/roster/internal/secret"
)

// HashCommand is the one argument by which a server starts its own program again,
// without any environment. A program that calls [Main] or [Run] only sometimes does so
// at this argument too; otherwise each login would start it as what it is besides.
const HashCommand = "hash"

// hashCommand is what a server starts beside itself.
type hashCommand struct{}

// Run hashes until standard input ends. An order to stop concerns it no more than
// that: a server that stops lets it finish.
func (hashCommand) Run(e *environment) error { return secret.ServeHashWorker(e.stdin, e.stdout) }

// itself is the file that this process runs, also when another one was put in its
// place meanwhile (proc(5)).
const selfPath = "/proc/self/exe"

// hashApart gives the command that runs hashCommand by this same program. It gets
// nothing of this one's environment, where there may be secrets.
func hashWorker() (*exec.Cmd, error) {
	program := selfPath
	if _, err := os.Stat(selfPath); err != nil {
		if program, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	return &exec.Cmd{Path: program, Args: []string{os.Args[0], HashCommand}, Env: []string{}}, nil
}
