package secret_test

import (
	"testing"

	"golang.org/x/crypto/bcrypt"

	"roster.example/roster/internal/secret"
)

func TestRawHashOfAPasswordVerifiesAndIsUpgraded(t *testing.T) {
	t.Parallel()
	h := cheap()
	const composed, apart = "m\u00e4rchen", "ma\u0308rchen"
	stored := hash(t, h, apart)
	if ok, upgrade, err := h.Verify(t.Context(), stored, composed); !ok || upgrade || err != nil {
		t.Errorf("composed: %v %v %v", ok, upgrade, err)
	}
	// Computed by another program from the decomposed form: bcrypt of "ma\u0308rchen".
	raw := rawBcrypt(t, apart)
	if ok, upgrade, err := h.Verify(t.Context(), raw, apart); !ok || !upgrade || err != nil {
		t.Errorf("raw: %v %v %v", ok, upgrade, err)
	}
	if ok, _, err := h.Verify(t.Context(), raw, "marchen"); ok || err != nil {
		t.Errorf("another: %v %v", ok, err)
	}
}

func TestPreparedPasswords(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"plain  text": "plain  text", "a\u0308": "\u00e4", "a\u00a0b\u3000c\u2003d": "a b c d", "\u1112\u1161\u11ab": "\ud55c", "ｘ": "ｘ", "\xff": "\xff", "tab\t": "tab\t",
	} {
		if got := secret.Prepare(given); got != want {
			t.Errorf("%+q becomes %+q, want %+q", given, got, want)
		}
	}
}

func FuzzPrepare(f *testing.F) {
	for _, seed := range []string{"plain", "a\u0308", "\u00a0", "\xff\u0308", "\u0958"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, password string) {
		once := secret.Prepare(password)
		if twice := secret.Prepare(once); twice != once {
			t.Errorf("%+q: %+q, then %+q", password, once, twice)
		}
	})
}

func rawBcrypt(t *testing.T, password string) string {
	t.Helper()
	text, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
