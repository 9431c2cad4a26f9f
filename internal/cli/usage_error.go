package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// usageError is the error of a command with invalid arguments; the exit status is 2.
type usageError string

// Error implements [error].
func (m usageError) Error() string { return string(m) }

func isUsageError(err error) bool {
	_, ok := errors.AsType[usageError](err)
	return ok
}

// explainParseError adds the help command to an error of kong. It removes the empty value from
// the allowed values of optional flags.
func explainParseError(err error) error {
	refused, ok := errors.AsType[*kong.ParseError](err)
	err = errors.New(strings.Replace(err.Error(), `,"" but got `, ` but got `, 1))
	if !ok || refused.Context == nil {
		return fmt.Errorf("%w; see 'roster --help'", err)
	}
	return withHelpHint(suggestUsername(err, refused.Context), refused.Context)
}

// suggestUsername adds the flag to the error of an argument that is probably a username. Commands
// that create a user take it by flag, and all others as argument.
func suggestUsername(err error, typed *kong.Context) error {
	name, unexpected := strings.CutPrefix(err.Error(), "unexpected argument ")
	node := typed.Selected()
	if !unexpected || node == nil || !slices.ContainsFunc(node.Flags, func(f *kong.Flag) bool { return f.Name == "username" }) {
		return err
	}
	return fmt.Errorf("%w; use --username %s", err, name)
}

// withHelpHint adds the help command of the typed command.
func withHelpHint(err error, typed *kong.Context) error {
	return fmt.Errorf("%w; see '%s --help'", err, strings.Join(commandWords(typed), " "))
}

// commandWords returns the typed words that name a command.
func commandWords(typed *kong.Context) []string {
	var names []string
	for node := typed.Selected(); node != nil && node.Parent != nil; node = node.Parent {
		if node.Type == kong.CommandNode {
			names = append(names, node.Name)
		}
	}
	names = append(names, "roster")
	slices.Reverse(names)
	return names
}
