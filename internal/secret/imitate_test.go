package secret_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/secret"
)

// spent returns the work that a failed comparison adds to the counter of hashes.
func spent(t *testing.T, h *secret.Hasher, encoded string) map[string]int {
	t.Helper()
	before := h.Work()
	if ok, _, err := h.Verify(t.Context(), encoded, "wrong guess"); ok || err != nil {
		t.Fatalf("%s: got %v, %v", secret.Scheme(encoded), ok, err)
	}
	after := h.Work()
	for scheme, n := range before {
		if after[scheme] -= n; after[scheme] == 0 {
			delete(after, scheme)
		}
	}
	return after
}

func schemes(stored ...string) map[string]string {
	found := map[string]string{}
	for _, encoded := range stored {
		found[secret.Scheme(encoded)] = encoded
	}
	return found
}

func TestEveryComparisonCostsTheSame(t *testing.T) {
	t.Parallel()
	stored := []string{bcryptText, meteorText, pm415Text, pm415Text64, pbkdf2S256, pbkdf2S512, argonOdd}
	h := cheap()
	h.Imitate(schemes(stored...))
	want := spent(t, h, "")
	if len(want) != len(stored)+1 {
		t.Errorf("a user without a password costs %v", want)
	}
	for _, encoded := range append(stored, hash(t, h, password)) {
		if diff := cmp.Diff(want, spent(t, h, encoded)); diff != "" {
			t.Errorf("%s: %s", secret.Scheme(encoded), diff)
		}
	}
	if ok, upgrade, err := h.Verify(t.Context(), bcryptText, password); !ok || !upgrade || err != nil {
		t.Errorf("the right password: got %v, %v, %v", ok, upgrade, err)
	}
}

func TestNewSchemeIsImitatedAfterItsFirstUse(t *testing.T) {
	t.Parallel()
	h := cheap()
	want := spent(t, h, bcryptText)
	if got := spent(t, h, ""); !maps.Equal(got, want) || len(got) != 2 {
		t.Errorf("got %v, want %v", got, want)
	}
	h.Imitate(nil)
	if got := spent(t, h, ""); len(got) != 1 {
		t.Errorf("after the last user with it logged in: %v", got)
	}
}

func TestTooExpensiveHashesAreNotImitated(t *testing.T) {
	t.Parallel()
	h := cheap()
	h.Imitate(schemes(
		"$2b$13$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
		"$pm415$0f1e2d3c4b5a6978.600001.c5735d8eecd271fd17c1fe41cf58dae7f0685a27473f06e5e652c1ac80675b45",
		"$pbkdf2-sha256$600001$./8wMTIzNDU2Nzg5YWJj$.EHmiATtVvLJ0eRVoU0vY924zn1zDyeTOKO0NsY.eUk",
		argonText, "not a hash", "",
	))
	if got := spent(t, h, ""); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}
