package cli

import (
	"fmt"
	"testing"
)

// A head that is read is the one that was written.
func FuzzHead(f *testing.F) {
	for _, seed := range []string{"", "1:00ff", " 7:aa\n", "-1:00", "1:", "x:00", "1:0g"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		head, err := readHead(text)
		if err != nil {
			return
		}
		again, err := readHead(fmt.Sprintf("%d:%x", head.ID, head.Hash))
		if err != nil || again.ID != head.ID || string(again.Hash) != string(head.Hash) {
			t.Errorf("%q is %v, and written again %v, %v", text, head, again, err)
		}
	})
}

// A target that is accepted has a kind, and no id below zero.
func FuzzTarget(f *testing.F) {
	for _, seed := range []string{"", "key", "key:3", "key:", "key:-1", "foo", ":3", "user:99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		kind, id, err := parseTarget(text)
		if err == nil && (id < 0 || kind == "" && text != "") {
			t.Errorf("%q is taken for %q, %d", text, kind, id)
		}
	})
}
