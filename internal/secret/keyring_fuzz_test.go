package secret_test

import (
	"testing"

	"roster.example/roster/internal/secret"
)

// A valid key ring decrypts what it encrypted. Any other text is an error and no panic.
func FuzzKeyring(f *testing.F) {
	for _, seed := range []string{"", ring1, ring1 + ring2, "k1", "k1 AA==\n", "\n\n", "# note\n" + ring1, ring1 + ring1, "k1 " + key1 + " more"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := secret.ParseKeyring(text)
		if err != nil {
			return
		}
		sealed, _ := r.Seal("fuzz", 1, []byte("plain"))
		if plain, err := r.Open("fuzz", 1, sealed); err != nil || string(plain) != "plain" {
			t.Errorf("%q: opened %q, %v", text, plain, err)
		}
	})
}
