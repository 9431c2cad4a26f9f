package cli

import "strings"

// choice is the value of a flag with an enum: one of the words that its help lists, in any case.
type choice string

// UnmarshalText implements [encoding.TextUnmarshaler].
func (c *choice) UnmarshalText(text []byte) error {
	*c = choice(strings.ToLower(string(text)))
	return nil
}
