package directory

import (
	"testing"
	"time"
)

// A cursor is the same after it was formatted and parsed again.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "x", "bmFtZTo3OmdyYWNl", Cursor{Order: ByCreated, ID: 7, At: time.UnixMicro(5).UTC()}.String()} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCursor(text)
		if err != nil {
			return
		}
		again, err := ParseCursor(c.String())
		if err != nil || again != c {
			t.Errorf("%q is %+v, and written again %+v, %v", text, c, again, err)
		}
	})
}

// Stored webhook secrets are the same after they were parsed and formatted again, and one or
// two of them sign.
func FuzzWebhookSecrets(f *testing.F) {
	for _, seed := range []string{"", "whsec_a", "whsec_a whsec_b 17", "a b c", "a b -9223372036854775808"} {
		f.Add(seed, int64(17))
	}
	f.Fuzz(func(t *testing.T, text string, now int64) {
		s := readWebhookSecrets(text)
		if again := readWebhookSecrets(s.text()); again.text() != s.text() {
			t.Errorf("%q is written as %q and then as %q", text, s.text(), again.text())
		}
		if n := len(s.good(time.Unix(now, 0))); n != 1 && n != 2 {
			t.Errorf("%q: %d secrets sign", text, n)
		}
	})
}
