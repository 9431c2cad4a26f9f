package recoverycode_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"roster.example/roster/internal/recoverycode"
	"roster.example/roster/internal/secret"
)

func TestCodesAreTenAndDifferent(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$`)
	seen := map[string]bool{}
	for _, code := range recoverycode.New() {
		if !form.MatchString(code.Reveal()) {
			t.Errorf("%q", code.Reveal())
		}
		hash, ok := recoverycode.Hash(code)
		if !ok {
			t.Errorf("%q is no code", code.Reveal())
		}
		seen[string(hash)] = true
	}
	if len(seen) != recoverycode.Count {
		t.Errorf("%d different codes", len(seen))
	}
}

func TestSpellingOfACodeDoesNotMatter(t *testing.T) {
	t.Parallel()
	want, _ := recoverycode.Hash("0123-4567-89ab-cd1e")
	for _, spelling := range []string{"0123456789abcd1e", " 0123 4567 89AB CD1E ", "o123-4567-89ab-cdle", "OI23-4567-89AB-CDIE"} {
		got, ok := recoverycode.Hash(secret.Text(spelling))
		if !ok || !bytes.Equal(got, want) {
			t.Errorf("%q is another code", spelling)
		}
	}
}

func TestOtherTextIsNoCode(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "123456", "0123-4567-89ab-cd1", "0123-4567-89ab-cd1ef", "0123-4567-89ab-cdu1", "０123-4567-89ab-cd1e", strings.Repeat("-", 100) + "0123456789abcd1e"} {
		if _, ok := recoverycode.Hash(secret.Text(text)); ok {
			t.Errorf("%q is a code", text)
		}
	}
}
