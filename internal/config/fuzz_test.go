package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzFile reads any text as a configuration file. It is rejected with faults, or the settings that
// were read are the same after they were written and read again.
func FuzzFile(f *testing.F) {
	for _, text := range []string{
		"listen = \"127.0.0.1:0\"\n[mail]\nhost = \"mx\"\nfrom = \"Roster <roster@example.org>\"\n",
		"sign_up = 'closed'\ntrusted_proxies = [\"10.0.0.0/8\"]\n", "max_body = 1_000\n", "listen = 1", "[mail", "[[mail]]\n", "mail.host = \"a\"\n[mail]\nhost = \"b\"",
		"database = \"postgres://u:p@h/d\"", "session.idle = \"1h\"\n", "\xff", "a.b.c = {d = [1, 2.5, true, 2026-01-02]}\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if c, ok := loadText(t, text); ok {
			written, err := Effective(c)
			if err != nil {
				t.Fatal(err)
			}
			if again, ok := loadText(t, written); ok {
				rewritten, err := Effective(again)
				if diff := cmp.Diff(written, rewritten); err != nil || diff != "" {
					t.Errorf("read again, the settings differ (%v):\n%s", err, diff)
				}
			}
		}
	})
}

// loadText loads a file with this text, and checks that an error lists faults.
func loadText(t *testing.T, text string) (Config, bool) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roster.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Sources{File: path})
	if faults, ok := errors.AsType[*Error](err); err != nil && (!ok || len(faults.Faults) == 0) {
		t.Errorf("rejected with %#v, want a list of faults", err)
	}
	return c, err == nil
}
