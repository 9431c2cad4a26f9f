package cache

import (
	"slices"
	"testing"
)

// A valid message is the same after it was parsed and formatted again, unless it is so long that
// it is replaced by the message that everything changed.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{"", "*", "ea.1 v5 o t7", "e1.2 v3 l1=active g2 j3@4 x5@6 d7", "l1", "j1@", "v-1", "t99999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, message string) {
		c, err := parseMessage(message)
		if err != nil {
			return
		}
		written := c.messages()
		if len(written) != 1 {
			return
		}
		again, err := parseMessage(written[0])
		if err == nil && !slices.Equal(again.messages(), written) {
			t.Errorf("%q is written as %q and then as %q", message, written, again.messages())
		}
	})
}
