package codebase_test

import (
	"crypto/ed25519"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"roster.example/roster/internal/directory"
)

// someKey returns a new public key.
func someKey(t *testing.T) string {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

func TestKeyBeyondTheLimitIsRejected(t *testing.T) {
	t.Parallel()
	w := newFixture(t, directory.Options{})
	const most = 100 // the default
	const body = "<public-key><description>key %d</description><key>%s</key></public-key>"
	for i := range most + 1 {
		answer := w.ask(t, "dan", "POST", "/users/dan/public_keys", strings.NewReader(fmt.Sprintf(body, i, someKey(t))))
		if i < most {
			if answer.Code != http.StatusCreated {
				t.Fatalf("key %d: %d %s", i+1, answer.Code, answer.Body)
			}
			continue
		}
		want := "<error>Key can't be added (the maximum is 100)</error>"
		if answer.Code != http.StatusUnprocessableEntity || !strings.Contains(answer.Body.String(), want) {
			t.Errorf("key %d: %d %s", i+1, answer.Code, answer.Body)
		}
	}
	text := w.ask(t, "dan", "GET", "/users/dan/public_keys.txt", nil).Body.String()
	if got := strings.Count(text, "\n"); got != most {
		t.Errorf("%d lines of keys", got)
	}
}
