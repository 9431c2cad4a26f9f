package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// confirmation is the flag of commands whose effect no other command reverts.
// Commands that end access in an emergency, such as 'roster user block', do not ask.
type confirmation struct {
	Yes bool `short:"y" json:"-" help:"Do not ask for confirmation. Required without a terminal."`
}

// errNotConfirmed ends a command that was not confirmed.
var errNotConfirmed = errors.New("nothing was changed")

// confirm asks question on the terminal, such as "Delete user grace?". Without a terminal it
// requires --yes.
func (c confirmation) confirm(e *environment, question string) error {
	if c.Yes {
		return nil
	}
	if f, ok := e.stdin.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return usageError("this cannot be undone; repeat the command with --yes")
	}
	if _, err := fmt.Fprintf(e.stderr, "%s This cannot be undone. [y/N] ", question); err != nil {
		return err
	}
	answer, err := bufio.NewReader(e.stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errNotConfirmed
}
