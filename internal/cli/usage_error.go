package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// misuse is said of a command that cannot work as it was typed, whatever the data.
type usageError string

// Error implements [error].
func (m usageError) Error() string { return string(m) }

func isUsageError(err error) bool {
	_, ok := errors.AsType[usageError](err)
	return ok
}

// refusedWords is what kong says of words that it cannot take, with the command that
// they belong to. What may be left out has an empty word among those that are allowed,
// of which nobody needs to hear.
func explainParseError(err error) error {
	refused, ok := errors.AsType[*kong.ParseError](err)
	err = errors.New(strings.Replace(err.Error(), `,"" but got `, ` but got `, 1))
	if !ok || refused.Context == nil {
		return fmt.Errorf("%w; see 'roster --help'", err)
	}
	return withHelpHint(err, refused.Context)
}

// seeHelp adds where the command that was typed is explained.
func withHelpHint(err error, typed *kong.Context) error {
	return fmt.Errorf("%w; see '%s --help'", err, strings.Join(commandWords(typed), " "))
}

// typedNames are the words of the command, as far as there is one of that name.
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
