package endpoint

import (
	"testing"
	"time"
)

// Stored webhook secrets are the same after they were parsed and formatted again, and one or
// two of them sign.
func FuzzSecrets(f *testing.F) {
	for _, seed := range []string{"", "whsec_a", "whsec_a whsec_b 17", "a b c", "a b -9223372036854775808"} {
		f.Add(seed, int64(17))
	}
	f.Fuzz(func(t *testing.T, text string, now int64) {
		s := ParseSecrets(text)
		if again := ParseSecrets(s.Encode()); again.Encode() != s.Encode() {
			t.Errorf("%q is written as %q and then as %q", text, s.Encode(), again.Encode())
		}
		if n := len(s.Signing(time.Unix(now, 0))); n != 1 && n != 2 {
			t.Errorf("%q: %d secrets sign", text, n)
		}
	})
}
