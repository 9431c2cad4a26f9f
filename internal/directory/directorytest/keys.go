package directorytest

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roster.example/roster/internal/model"
)

// CopyKeys returns another file with the same keys.
func CopyKeys(t testing.TB, keyfile string) string {
	t.Helper()
	text, err := os.ReadFile(keyfile)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copied.key")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ChainKey returns the key of the newest event, decrypted with the key file.
func (f *Fixture) ChainKey(tx model.Reader) []byte {
	f.T.Helper()
	check, err := tx.KeyCheck()
	f.Must(err)
	text, err := f.Keyring.Open("key check", 0, check.Sealed)
	f.Must(err)
	fields := strings.Fields(string(text))
	key, err := hex.DecodeString(fields[len(fields)-1])
	f.Must(err)
	return key
}
